// SPDX-License-Identifier: Apache-2.0
import Bert
import HTTP
import JSON

/// What the console's box for a text asks for: its label, its scores, and the words that they rest on.
struct TryAPI: ScoringAPI {
    static let path = "/console/try"

    func read(_ body: [UInt8]) throws(ScoringError) -> ScoringQuestion {
        var json = try RequestJSON(body)
        var text: String?
        try json.object("") { (json, name, field) throws(ScoringError) in
            guard name == "text" else { throw ScoringError(field: field, "is no field; text is") }
            text = try json.needString(field)
        }
        try json.finish()
        guard let text else { throw ScoringError(field: "text", "is missing") }
        return ScoringQuestion(texts: [text], wantsWords: true, field: { _ in "text" }) { scored in
            var json = JSONWriter()
            json.object { json in
                guard let scored = scored.first else { return }
                json.field("text", scored.text)
                json.field("tokens", scored.tokens)
                json.field("truncated", scored.isTruncated)
                json.name("scores")
                json.scores(scored.ranking)
                if !scored.more.isEmpty {
                    json.name("more")
                    json.more(scored.more)
                }
                json.name("words")
                json.words(scored.words, of: scored.text)
            }
            return HTTPResponse(json: json)
        }
    }

    func response(to error: ScoringError) -> HTTPResponse {
        .failure(Self.status(of: error.kind), error.message, HTTPResponse.fields(of: error))
    }

    private static func status(of kind: ScoringError.Kind) -> Int {
        switch kind {
        case .syntax, .field, .emptyText, .noAttributes: 400
        case .unreadable: 422
        case .tooLong, .tooMany: 413
        case .unauthorized: 401
        case .overloaded: 429
        case .inference: 500
        case .unavailable: 503
        case .refused(let status): status
        }
    }
}
