// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Kafka
internal import Settings

/// A place in a record that may hold a word: a value in its JSON, or a header.
package enum RecordField: Sendable, Equatable {
    case value(JSONPointer)
    /// Of several headers with that name the last.
    case header(String)

    /// Parses `/a/pointer` or `header:NAME`; nil if the text is neither.
    package init?(_ text: String) {
        if text.hasPrefix("header:") {
            let name = text.dropFirst("header:".count)
            guard !name.isEmpty else { return nil }
            self = .header(String(name))
        } else if text.hasPrefix("/"), let pointer = JSONPointer(text) {
            self = .value(pointer)
        } else {
            return nil
        }
    }

    /// Whether it is in the value.
    package var isInJSON: Bool { if case .value = self { true } else { false } }

    /// A string, or what else stands there as it is written; nil where nothing does, or null.
    ///
    /// - Parameter value: the record's JSON.
    package func found(in record: Record, _ value: [UInt8]) throws(JSONFailure) -> String? {
        switch self {
        case .header(let name):
            return record.lastHeader(name)
        case .value(let pointer):
            return try pointer.find(in: value)?.word
        }
    }
}

extension JSONPointer.Found {
    /// A string, or what else stands there as it is written; nil for null.
    var word: String? {
        switch self {
        case .text(let text), .other(let text): text
        case .null, .halfSurrogate: nil
        }
    }
}

extension SettingKind where Value == RecordField? {
    static var fieldOrNone: Self {
        Self(range: "a JSON pointer, header:NAME, or nothing") { text in
            text.isEmpty ? .some(nil) : RecordField(text).map(Optional.some)
        }
    }
}
