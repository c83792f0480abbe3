// SPDX-License-Identifier: Apache-2.0
import Bert
import HTTP
import JSON

/// `POST /v1alpha1/comments:analyze`, as Google's Perspective API has it.
///
/// The attributes that may be asked for are the model's labels. A comment's language is not looked at, nor is its context;
/// and nothing is ever stored.
struct AnalyzeAPI: ScoringAPI {
    static let path = "/v1alpha1/comments:analyze"

    let attributes: AttributeNames

    /// Clients of that API send their key in the URL, or in a field of Google's; here the token takes its place.
    func token(of request: HTTPRequest) -> String? {
        BearerToken.sent(with: request) ?? request.field("X-Goog-Api-Key") ?? request.parameter("key")
    }

    func read(_ body: [UInt8]) throws(ScoringError) -> ScoringQuestion {
        var request = Request()
        var json = try RequestJSON(body)
        try json.object("") { (json, name, field) throws(ScoringError) in
            // In that API null is as good as nothing.
            if try !json.null() { try request.read(name, field, &json) }
        }
        try json.finish()
        guard !request.text.isEmpty else {
            throw ScoringError(.emptyText, field: "comment.text", "Comment must be non-empty.")
        }
        guard !request.attributes.isEmpty else {
            throw ScoringError(.noAttributes, field: "requestedAttributes", "asks for none")
        }
        var answered: [Answered] = []
        for attribute in request.attributes {
            if let label = attributes.label(of: attribute.name) {
                answered.append(Answered(attribute: attribute, label: label))
            } else if !request.dropsUnsupported {
                let known = attributes.names.joined(separator: ", ")
                let message = "Unknown requested attribute: \(attribute.name.prefix(64)). The model has: \(known)"
                throw ScoringError(field: "requestedAttributes", message)
            }
        }
        return question(request, answered)
    }

    func response(to error: ScoringError) -> HTTPResponse { AnalyzeError(error).response }

    private struct Answered {
        let attribute: Request.Attribute
        let label: String
    }

    private func question(_ request: Request, _ answered: [Answered]) -> ScoringQuestion {
        ScoringQuestion(texts: [request.text], field: { _ in "comment.text" }) { (scored) throws(ScoringError) in
            let scores = Dictionary(scored.flatMap(\.namedScores).map { ($0.label, $0.score) }) { first, _ in first }
            guard !scores.isEmpty else {
                // What that API says of a comment in a language that an attribute does not know.
                let name = answered.first?.attribute.name ?? ""
                let message = "Attribute \(name) does not support request languages: und"
                throw ScoringError(.unreadable(attribute: name), message)
            }
            var json = JSONWriter()
            json.object { json in
                json.name("attributeScores")
                json.object { json in
                    for entry in answered {
                        guard let score = scores[entry.label], Double(score) >= entry.attribute.threshold else {
                            continue
                        }
                        json.name(entry.attribute.name)
                        json.attribute(score, over: request.wantsSpans ? request.text.utf16.count : nil)
                    }
                }
                json.strings("languages", request.languages.isEmpty ? ["und"] : request.languages)
                json.strings("detectedLanguages", ["und"])
                if let token = request.clientToken { json.field("clientToken", token) }
            }
            return HTTPResponse(json: json)
        }
    }
}

extension JSONWriter {
    /// - Parameter length: of the text that is one span, in UTF-16 units, as that API counts; nil to name no span.
    fileprivate mutating func attribute(_ value: Float, over length: Int?) {
        object { json in
            if let length {
                json.name("spanScores")
                json.array { json in
                    json.object { json in
                        json.field("begin", 0)
                        json.field("end", length)
                        json.name("score")
                        json.probability(value)
                    }
                }
            }
            json.name("summaryScore")
            json.probability(value)
        }
    }

    private mutating func probability(_ value: Float) {
        object { json in
            json.field("value", value)
            json.field("type", "PROBABILITY")
        }
    }

    fileprivate mutating func strings(_ name: String, _ values: [String]) {
        self.name(name)
        array { json in for value in values { json.string(value) } }
    }
}
