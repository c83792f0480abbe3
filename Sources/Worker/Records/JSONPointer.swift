// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// A path to one value in a JSON document (RFC 6901): `/body`, `/comments/0/text`, or nothing for the whole document.
struct JSONPointer: Sendable, Equatable, CustomStringConvertible {
    private(set) var tokens: [String]

    /// The whole document.
    static let root = JSONPointer(tokens: [])

    /// Parses a pointer; nil if it neither is empty nor begins with a slash, or holds a `~` that escapes nothing.
    ///
    /// By scalars: to a string, a slash with a combining mark behind it is another character than a slash.
    init?(_ pointer: String) {
        if pointer.isEmpty {
            tokens = []
            return
        }
        guard pointer.unicodeScalars.first == "/" else { return nil }
        tokens = []
        for part in pointer.unicodeScalars.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            var token = String.UnicodeScalarView()
            var rest = part[...]
            while let scalar = rest.popFirst() {
                guard scalar == "~" else {
                    token.append(scalar)
                    continue
                }
                switch rest.popFirst() {
                case "0": token.append("~")
                case "1": token.append("/")
                default: return nil
                }
            }
            tokens.append(String(token))
        }
    }

    /// The pointer to `token` in the value that `self` points to, and from there on as `rest` says.
    func then(_ token: String, _ rest: JSONPointer = .root) -> JSONPointer {
        JSONPointer(tokens: tokens + [token] + rest.tokens)
    }

    /// The pointer as it is written.
    var description: String {
        var text = String.UnicodeScalarView()
        for token in tokens {
            text.append("/")
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text.append(contentsOf: "~0".unicodeScalars)
                case "/": text.append(contentsOf: "~1".unicodeScalars)
                default: text.append(scalar)
                }
            }
        }
        return String(text)
    }

    private init(tokens: [String]) {
        self.tokens = tokens
    }
}

/// The string at a pointer, or what stands there instead.
enum PointedText: Equatable {
    case text(String)
    case missing
    case notString

    /// Finds the string in a JSON document; throws if the document is not JSON.
    static func find(_ pointer: JSONPointer, in document: [UInt8]) throws -> PointedText {
        try JSONDecoder().decode(Walk.self, from: Data(document), configuration: pointer.tokens[...]).found
    }

    /// Follows a pointer through the decoder's containers, so that only values on its way are decoded.
    private struct Walk: DecodableWithConfiguration {
        let found: PointedText

        init(from decoder: any Decoder, configuration tokens: ArraySlice<String>) throws {
            guard let token = tokens.first else {
                found = (try? decoder.singleValueContainer().decode(String.self)).map(PointedText.text) ?? .notString
                return
            }
            if let object = try? decoder.container(keyedBy: Key.self) {
                let key = Key(stringValue: token)
                guard object.contains(key) else {
                    found = .missing
                    return
                }
                found = try object.decode(Walk.self, forKey: key, configuration: tokens.dropFirst()).found
            } else if var array = try? decoder.unkeyedContainer(), let index = Walk.index(token),
                index < array.count ?? 0
            {
                while array.currentIndex < index { _ = try array.superDecoder() }
                found = try array.decode(Walk.self, configuration: tokens.dropFirst()).found
            } else {
                found = .missing
            }
        }

        /// An array index as RFC 6901 writes it: digits without a leading zero.
        private static func index(_ token: String) -> Int? {
            guard token.utf8.allSatisfy({ (48...57).contains($0) }), token == "0" || !token.hasPrefix("0") else {
                return nil
            }
            return Int(token)
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
