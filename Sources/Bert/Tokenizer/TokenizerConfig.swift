// SPDX-License-Identifier: Apache-2.0

/// What counts of a `tokenizer_config.json`; the rest, `do_basic_tokenize` and `never_split` among it, transformers
/// ignores as well.
struct TokenizerConfig: Decodable, Sendable {
    var tokenizerClass: String?
    var lowercases: Bool?
    /// Nil stands for the same as `lowercases`.
    var stripsAccents: Bool?
    var spacesIdeographs: Bool?
    var keepsAccents: Bool?
    var addsPrefixSpace: Bool?
    var trimsOffsets: Bool?
    var splitsAtPunctuation: Bool?
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
        case keepsAccents = "keep_accents"
        case addsPrefixSpace = "add_prefix_space"
        case trimsOffsets = "trim_offsets"
        case splitsAtPunctuation = "split_by_punct"
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
        keepsAccents = try fields.decodeIfPresent(Bool.self, forKey: .keepsAccents)
        spacesIdeographs = try fields.decodeIfPresent(Bool.self, forKey: .spacesIdeographs)
        addsPrefixSpace = try fields.decodeIfPresent(Bool.self, forKey: .addsPrefixSpace)
        trimsOffsets = try fields.decodeIfPresent(Bool.self, forKey: .trimsOffsets)
        splitsAtPunctuation = try fields.decodeIfPresent(Bool.self, forKey: .splitsAtPunctuation)
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
