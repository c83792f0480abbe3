// SPDX-License-Identifier: Apache-2.0

extension AnalyzeAPI {
    /// What a client of the Perspective API asks for.
    struct Request {
        /// One of `requestedAttributes`.
        struct Attribute {
            let name: String
            /// Lower scores are left out of the answer.
            var threshold = 0.0
        }

        private(set) var text = ""
        private(set) var attributes: [Attribute] = []
        private(set) var languages: [String] = []
        private(set) var clientToken: String?
        private(set) var wantsSpans = false
        /// Attributes that there are not are passed over.
        private(set) var dropsUnsupported = false

        /// Reads a member of the request.
        mutating func read(_ name: String, _ field: String, _ json: inout RequestJSON) throws(ScoringError) {
            switch name {
            case "comment": text = try Self.comment(field, &json)
            case "requestedAttributes": attributes = try Self.attributes(field, &json)
            case "languages": languages = try Self.strings(field, &json)
            case "clientToken": clientToken = try json.needString(field)
            case "spanAnnotations": wantsSpans = try json.boolean(field)
            case "dropUnsupportedAttributes": dropsUnsupported = try json.boolean(field)
            case "doNotStore": _ = try json.boolean(field)
            case "sessionId", "communityId": _ = try json.needString(field)
            case "context": try json.skip()
            default: throw ScoringError(field: field, "Unknown name: cannot find field.")
            }
        }

        private static func comment(_ field: String, _ json: inout RequestJSON) throws(ScoringError) -> String {
            var text = ""
            try json.object(field) { (json, name, field) throws(ScoringError) in
                guard try !json.null() else { return }
                switch name {
                case "text": text = try json.needString(field)
                case "type":
                    guard try ["PLAIN_TEXT", "TEXT_TYPE_UNSPECIFIED"].contains(json.needString(field)) else {
                        throw ScoringError(field: field, "Currently, only 'PLAIN_TEXT' comments are supported")
                    }
                default: throw ScoringError(field: field, "Unknown name: cannot find field.")
                }
            }
            return text
        }

        private static func attributes(
            _ field: String,
            _ json: inout RequestJSON
        ) throws(ScoringError) -> [Attribute] {
            var attributes: [Attribute] = []
            try json.object(field) { (json, name, field) throws(ScoringError) in
                var attribute = Attribute(name: name)
                if try !json.null() {
                    try json.object(field) { (json, name, field) throws(ScoringError) in
                        guard try !json.null() else { return }
                        switch name {
                        case "scoreType":
                            guard try ["PROBABILITY", "SCORE_TYPE_UNSPECIFIED"].contains(json.needString(field)) else {
                                throw ScoringError(field: field, "is not PROBABILITY")
                            }
                        case "scoreThreshold": attribute.threshold = try json.number(field)
                        default: throw ScoringError(field: field, "Unknown name: cannot find field.")
                        }
                    }
                }
                attributes.append(attribute)
            }
            return attributes
        }

        private static func strings(_ field: String, _ json: inout RequestJSON) throws(ScoringError) -> [String] {
            var strings: [String] = []
            let isArray = try json.array(field) { (json, field) throws(ScoringError) in
                strings.append(try json.needString(field))
            }
            guard isArray else { throw RequestJSON.wrong(field, "an array of strings") }
            return strings
        }
    }
}
