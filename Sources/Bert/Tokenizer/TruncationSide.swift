// SPDX-License-Identifier: Apache-2.0

/// The end of a text that loses tokens when it is too long: `right` in `tokenizer_config.json`, `Right` in
/// `tokenizer.json`.
enum TruncationSide: String, Decodable, Sendable {
    case left
    case right

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let side = Self(rawValue: text.lowercased()) else {
            let reason = "is \(text.quotedInMessage); expected 'left' or 'right'"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: reason)
        }
        self = side
    }

    /// What is kept of the text then.
    var truncation: Truncation { self == .left ? .tail : .head }
}
