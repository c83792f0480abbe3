// SPDX-License-Identifier: Apache-2.0

/// What counts of a `tokenizer_config.json`; the rest, `do_basic_tokenize` and `never_split` among it, transformers
/// ignores as well.
struct TokenizerConfig: Decodable, Sendable {
    var tokenizerClass: String?
    var lowercases: Bool?
    /// Nil stands for the same as `lowercases`.
    var stripsAccents: Bool?
    var spacesIdeographs: Bool?
    /// 1e30 in many files, for no limit.
    var modelMaxLength: Double?
    /// Which of its two names `modelMaxLength` has in the file.
    var modelMaxLengthKey = "model_max_length"
    /// Where a text that is too long loses tokens.
    var truncationSide: TruncationSide?
    var cleansUpSpaces: Bool?
    var splitsSpecialTokens: Bool?
    var names = SpecialTokenNames()
    /// Added tokens by their ids; instead of those of `tokenizer.json` where both are there.
    var addedTokens: [String: TokenEntry]?

    private enum Key: String, CodingKey {
        case tokenizerClass = "tokenizer_class"
        case lowercases = "do_lower_case"
        case stripsAccents = "strip_accents"
        case spacesIdeographs = "tokenize_chinese_chars"
        case modelMaxLength = "model_max_length"
        case maxLength = "max_len"
        case truncationSide = "truncation_side"
        case cleansUpSpaces = "clean_up_tokenization_spaces"
        case splitsSpecialTokens = "split_special_tokens"
        case addedTokens = "added_tokens_decoder"
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        tokenizerClass = try fields.decodeIfPresent(String.self, forKey: .tokenizerClass)
        lowercases = try fields.decodeIfPresent(Bool.self, forKey: .lowercases)
        stripsAccents = try fields.decodeIfPresent(Bool.self, forKey: .stripsAccents)
        spacesIdeographs = try fields.decodeIfPresent(Bool.self, forKey: .spacesIdeographs)
        // The old name counts only where the present one is not there at all.
        let lengthKey = fields.contains(.modelMaxLength) ? Key.modelMaxLength : .maxLength
        modelMaxLengthKey = lengthKey.rawValue
        modelMaxLength = try fields.decodePlacedIfPresent(Double.self, forKey: lengthKey)
        truncationSide = try fields.decodeIfPresent(TruncationSide.self, forKey: .truncationSide)
        cleansUpSpaces = try fields.decodeIfPresent(Bool.self, forKey: .cleansUpSpaces)
        splitsSpecialTokens = try fields.decodeIfPresent(Bool.self, forKey: .splitsSpecialTokens)
        addedTokens = try fields.decodeIfPresent([String: TokenEntry].self, forKey: .addedTokens)
        names = try SpecialTokenNames(from: decoder)
    }
}

/// The tokens that have a part of their own, as `tokenizer_config.json` and `special_tokens_map.json` name them.
struct SpecialTokenNames: Decodable, Sendable {
    var unk: TokenEntry?
    var cls: TokenEntry?
    var sep: TokenEntry?
    var mask: TokenEntry?
    var pad: TokenEntry?
    var bos: TokenEntry?
    var eos: TokenEntry?
    /// Others that are special.
    var extra: [TokenEntry] = []

    private enum Key: String, CodingKey {
        case unk = "unk_token"
        case cls = "cls_token"
        case sep = "sep_token"
        case mask = "mask_token"
        case pad = "pad_token"
        case bos = "bos_token"
        case eos = "eos_token"
        case extra = "extra_special_tokens"
        case additional = "additional_special_tokens"
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        unk = try fields.decodeIfPresent(TokenEntry.self, forKey: .unk)
        cls = try fields.decodeIfPresent(TokenEntry.self, forKey: .cls)
        sep = try fields.decodeIfPresent(TokenEntry.self, forKey: .sep)
        mask = try fields.decodeIfPresent(TokenEntry.self, forKey: .mask)
        pad = try fields.decodeIfPresent(TokenEntry.self, forKey: .pad)
        bos = try fields.decodeIfPresent(TokenEntry.self, forKey: .bos)
        eos = try fields.decodeIfPresent(TokenEntry.self, forKey: .eos)
        for key in [Key.extra, .additional] where fields.contains(key) {
            // A list, or a dictionary from a name to the token; null in old files.
            if let named = try? fields.decode([String: TokenEntry].self, forKey: key) {
                extra += named.sorted { $0.key < $1.key }.map(\.value)
            } else {
                extra += try fields.decodeIfPresent([TokenEntry].self, forKey: key) ?? []
            }
        }
    }

    /// These names, and the other ones where these have none.
    func falling(backOn other: SpecialTokenNames) -> SpecialTokenNames {
        var names = self
        names.unk = unk ?? other.unk
        names.cls = cls ?? other.cls
        names.sep = sep ?? other.sep
        names.mask = mask ?? other.mask
        names.pad = pad ?? other.pad
        names.bos = bos ?? other.bos
        names.eos = eos ?? other.eos
        names.extra = other.extra + extra
        return names
    }
}

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
