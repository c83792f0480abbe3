// SPDX-License-Identifier: Apache-2.0

/// A token in a file: a string, or an object that says how it is to be found in a text.
struct TokenEntry: Decodable, Sendable {
    var content: String
    var id: Int?
    var singleWord = false
    var stripsLeft = false
    var stripsRight = false
    /// Special tokens are looked for in the raw text, others in the normalised one, unless the file says otherwise.
    var normalised: Bool?
    var special: Bool?

    private enum Key: String, CodingKey {
        case content, id, normalized, special
        case singleWord = "single_word"
        case stripsLeft = "lstrip"
        case stripsRight = "rstrip"
    }

    init(_ content: String) { self.content = content }

    init(from decoder: any Decoder) throws {
        if let content = try? decoder.singleValueContainer().decode(String.self) {
            self.content = content
            return
        }
        let fields = try decoder.container(keyedBy: Key.self)
        content = try fields.decode(String.self, forKey: .content)
        id = try fields.decodePlacedIfPresent(Int.self, forKey: .id)
        singleWord = try fields.decodeIfPresent(Bool.self, forKey: .singleWord) ?? false
        stripsLeft = try fields.decodeIfPresent(Bool.self, forKey: .stripsLeft) ?? false
        stripsRight = try fields.decodeIfPresent(Bool.self, forKey: .stripsRight) ?? false
        normalised = try fields.decodeIfPresent(Bool.self, forKey: .normalized)
        special = try fields.decodeIfPresent(Bool.self, forKey: .special)
    }

    /// The token as it is looked for; `special` is what it is if the file does not say.
    func added(id: Int32, special fallback: Bool) -> AddedToken {
        let special = special ?? fallback
        return AddedToken(
            content: content,
            id: id,
            singleWord: singleWord,
            stripsLeft: stripsLeft,
            stripsRight: stripsRight,
            normalised: normalised ?? !special,
            special: special
        )
    }
}
