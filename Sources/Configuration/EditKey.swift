// SPDX-License-Identifier: Apache-2.0
internal import Settings

/// What says of which comment, or message, a record is a version.
package enum EditKey: Sendable, Equatable {
    /// The record's key.
    case key
    case field(RecordField)

    /// Parses `key`, `/a/pointer` or `header:NAME`; nil if the text is none of these.
    package init?(_ text: String) {
        if text == "key" {
            self = .key
        } else if let field = RecordField(text) {
            self = .field(field)
        } else {
            return nil
        }
    }

    /// Whether it is in the value.
    package var isInJSON: Bool { if case .field(let field) = self { field.isInJSON } else { false } }
}

extension SettingKind where Value == EditKey? {
    static var editKeyOrNone: Self {
        Self(range: "key, a JSON pointer, header:NAME, or nothing") { text in
            text.isEmpty ? .some(nil) : EditKey(text).map(Optional.some)
        }
    }
}
