// SPDX-License-Identifier: Apache-2.0
import HTTP
import JSON

/// An error as Google's APIs write it: `{"error": {"code", "message", "status", "details"}}`.
struct AnalyzeError {
    private let error: ScoringError

    init(_ error: ScoringError) { self.error = error }

    var response: HTTPResponse {
        let (code, status) = self.status
        var json = JSONWriter()
        json.object { json in
            json.name("error")
            json.object { json in
                json.field("code", code)
                json.field("message", error.message)
                json.field("status", status)
                json.name("details")
                json.array { json in details(&json) }
            }
        }
        return HTTPResponse(status: code, json: json, fields: HTTPResponse.fields(of: error))
    }

    private func details(_ json: inout JSONWriter) {
        if let type = errorType {
            json.object { json in
                json.field("@type", "type.googleapis.com/google.commentanalyzer.v1alpha1.Error")
                json.field("errorType", type)
                if case .unreadable(let attribute) = error.kind {
                    json.name("languageNotSupportedByAttributeError")
                    json.object { json in
                        json.name("detectedLanguages")
                        json.array { json in json.string("und") }
                        json.field("attribute", attribute)
                    }
                }
            }
        }
        guard let field = error.field else { return }
        json.object { json in
            json.field("@type", "type.googleapis.com/google.rpc.BadRequest")
            json.name("fieldViolations")
            json.array { json in
                json.object { json in
                    json.field("field", field)
                    json.field("description", error.message)
                }
            }
        }
    }

    /// What that API calls common mistakes; nil where it is none of the client's.
    private var errorType: String? {
        switch error.kind {
        case .emptyText: "COMMENT_EMPTY"
        case .tooLong: "COMMENT_TOO_LONG"
        case .noAttributes: "NO_REQUESTED_ATTRIBUTES"
        case .unreadable: "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
        case .syntax, .field, .tooMany: "INVALID_REQUEST"
        case .unauthorized, .overloaded, .inference, .unavailable, .refused: nil
        }
    }

    private var status: (code: Int, name: String) {
        switch error.kind {
        case .syntax, .field, .emptyText, .noAttributes, .unreadable, .tooLong, .tooMany: (400, "INVALID_ARGUMENT")
        case .unauthorized: (401, "UNAUTHENTICATED")
        case .overloaded: (429, "RESOURCE_EXHAUSTED")
        case .inference: (500, "INTERNAL")
        case .unavailable: (503, "UNAVAILABLE")
        case .refused(let status): (status, "INVALID_ARGUMENT")
        }
    }
}
