// SPDX-License-Identifier: Apache-2.0
import Bert
import HTTP
import JSON

/// `POST /predict`, as Hugging Face's text-embeddings-inference has it.
///
/// `{"inputs": "a text"}` is answered by labels with their scores, an array of texts by an array of such. Unlike there, an
/// array of two strings is two texts, as in Hugging Face's pipelines: no model of this worker reads pairs. `[["a"], ["b"]]`,
/// which is how a batch is written there, is the same. How texts are cleaned and cut is up to the settings, as it is for
/// records. Fields that there are not are passed over.
struct PredictAPI: ScoringAPI {
    static let path = "/predict"

    /// Texts of one request.
    let maxTexts: Int
    /// How the worker cuts texts.
    let truncation: Truncation

    func read(_ body: [UInt8]) throws(ScoringError) -> ScoringQuestion {
        var json = try RequestJSON(body)
        var inputs: Inputs?
        var mayBeCut = true
        try json.object("") { (json, name, field) throws(ScoringError) in
            switch name {
            case "inputs": inputs = try self.inputs(&json)
            case "truncate": if try !json.null() { mayBeCut = try json.boolean(field) }
            case "truncation_direction": try check(direction: json.needString(field), field)
            case "raw_scores":
                guard try !json.boolean(field) else {
                    throw ScoringError(field: field, "is true, and there are no scores but those that records get")
                }
            default: try json.skip()
            }
        }
        try json.finish()
        guard let inputs else { throw ScoringError(field: "inputs", "is missing") }
        return question(inputs, mayBeCut: mayBeCut)
    }

    func response(to error: ScoringError) -> HTTPResponse {
        let (status, type) = Self.status(of: error.kind)
        var json = JSONWriter()
        json.object { json in
            json.field("error", error.message)
            json.field("error_type", type)
        }
        return HTTPResponse(status: status, json: json, fields: HTTPResponse.fields(of: error))
    }

    private enum Inputs {
        case one(String)
        case several([String])
    }

    private func inputs(_ json: inout RequestJSON) throws(ScoringError) -> Inputs {
        if let text = try json.string("inputs") { return .one(text) }
        var texts: [String] = []
        let isArray = try json.array("inputs") { (json, field) throws(ScoringError) in
            guard texts.count < maxTexts else {
                let message = "has more than \(maxTexts) texts, which is http.scoring.max.texts"
                throw ScoringError(.tooMany, field: "inputs", message)
            }
            texts.append(try self.text(&json, field))
        }
        guard isArray else { throw RequestJSON.wrong("inputs", "a string, or an array of strings") }
        guard !texts.isEmpty else { throw ScoringError(field: "inputs", "is an empty array") }
        return .several(texts)
    }

    /// A string, or an array of one.
    private func text(_ json: inout RequestJSON, _ field: String) throws(ScoringError) -> String {
        if let text = try json.string(field) { return text }
        var text: String?
        let isArray = try json.array(field) { (json, inner) throws(ScoringError) in
            guard text == nil else { throw ScoringError(field: field, "is a pair, and the model reads single texts") }
            text = try json.needString(inner)
        }
        guard isArray else { throw RequestJSON.wrong(field, "a string") }
        guard let text else { throw ScoringError(field: field, "is an empty array") }
        return text
    }

    /// `Right`, which is the standard there, leaves it to the settings.
    private func check(direction: String, _ field: String) throws(ScoringError) {
        switch direction.lowercased() {
        case "right": return
        case "left" where truncation == .tail: return
        case "left": throw ScoringError(field: field, "is Left, and text.truncation is \(truncation.rawValue)")
        default: throw ScoringError(field: field, "is neither Left nor Right")
        }
    }

    private func question(_ inputs: Inputs, mayBeCut: Bool) -> ScoringQuestion {
        switch inputs {
        case .one(let text):
            ScoringQuestion(texts: [text], mayBeCut: mayBeCut, field: { _ in "inputs" }) { scored in
                var json = JSONWriter()
                json.scores(scored.first?.ranking ?? [])
                return HTTPResponse(json: json)
            }
        case .several(let texts):
            ScoringQuestion(texts: texts, mayBeCut: mayBeCut, field: { "inputs[\($0)]" }) { scored in
                var json = JSONWriter()
                json.array { json in for text in scored { json.scores(text.ranking) } }
                return HTTPResponse(json: json)
            }
        }
    }

    /// The status and the `error_type` that go with an error there.
    private static func status(of kind: ScoringError.Kind) -> (Int, String) {
        switch kind {
        case .syntax: (400, "Validation")
        case .field, .noAttributes, .unreadable: (422, "Validation")
        case .emptyText: (400, "Empty")
        case .tooLong, .tooMany: (413, "Validation")
        case .unauthorized: (401, "Unauthorized")
        case .overloaded: (429, "Overloaded")
        case .inference: (424, "Backend")
        case .unavailable: (503, "Unhealthy")
        case .refused(let status): (status, "Validation")
        }
    }
}
