// SPDX-License-Identifier: Apache-2.0

/// The file's JSON, its vocabulary cut out.
struct TokenizerJSONContent: Decodable {
    let added: [TokenEntry]?
    let normalizer: TokenizerPart?
    let preTokenizer: TokenizerPart?
    let postProcessor: TokenizerPart?
    let decoder: TokenizerPart?
    let model: Model
    let truncation: Cut?

    enum CodingKeys: String, CodingKey {
        case normalizer, decoder, model, truncation
        case added = "added_tokens"
        case preTokenizer = "pre_tokenizer"
        case postProcessor = "post_processor"
    }

    struct Model: Decodable {
        let type: String
        /// Nil for a type that is not known: its fields may be of other types.
        let settings: (any SubwordModelSettings)?

        enum CodingKeys: String, CodingKey {
            case type, merges
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            let named = try fields.decodeIfPresent(String.self, forKey: .type)
            let hasMerges = try fields.decodeIfPresent(Present.self, forKey: .merges) != nil
            let type = SubwordModels.type(named: named, hasMerges: hasMerges)
            self.type = type
            settings = try SubwordModels.known.first { $0.type == type }?.init(from: decoder)
        }
    }

    /// How texts that are too long are cut.
    struct Cut: Decodable {
        /// Absent in old files, for right.
        let direction: TruncationSide?
    }

    /// Some value, whatever it is.
    struct Present: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}

/// A normalizer, pre-tokenizer, post-processor or decoder, with the fields of those that are known.
struct TokenizerPart: Decodable {
    let type: String
    // Sequence
    var normalizers: [TokenizerPart]?
    var pretokenizers: [TokenizerPart]?
    var processors: [TokenizerPart]?
    // BertNormalizer
    var cleanText: Bool?
    var handleChineseChars: Bool?
    var stripAccents: Bool?
    var lowercase: Bool?
    // BertProcessing, RobertaProcessing
    var cls: Named?
    var sep: Named?
    // TemplateProcessing
    var single: [Step]?
    var specialTokens: [String: Special]?
    // ByteLevel, RobertaProcessing
    var addsPrefixSpace: Bool?
    var trimsOffsets: Bool?
    var usesExpression: Bool?
    // Metaspace
    var replacement: String?
    var prefixScheme: String?
    var splits: Bool?
    // Precompiled
    var characterMap: String?
    // Strip
    var stripsLeft: Bool?
    var stripsRight: Bool?
    // Replace
    var pattern: Pattern?
    var content: String?
    // WordPiece, the decoder
    var prefix: String?
    var cleanup: Bool?

    enum CodingKeys: String, CodingKey {
        case type, normalizers, pretokenizers, processors, lowercase, cls, sep, single, prefix, cleanup
        case cleanText = "clean_text"
        case handleChineseChars = "handle_chinese_chars"
        case stripAccents = "strip_accents"
        case specialTokens = "special_tokens"
        case replacement, pattern, content
        case prefixScheme = "prepend_scheme"
        case splits = "split"
        case characterMap = "precompiled_charsmap"
        case stripsLeft = "strip_left"
        case stripsRight = "strip_right"
        case addsPrefixSpace = "add_prefix_space"
        case trimsOffsets = "trim_offsets"
        case usesExpression = "use_regex"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        type = try fields.decode(String.self, forKey: .type)
        switch type {
        case "Sequence":
            normalizers = try fields.decodeIfPresent([TokenizerPart].self, forKey: .normalizers)
            pretokenizers = try fields.decodeIfPresent([TokenizerPart].self, forKey: .pretokenizers)
            processors = try fields.decodeIfPresent([TokenizerPart].self, forKey: .processors)
        case "BertNormalizer":
            cleanText = try fields.decodeIfPresent(Bool.self, forKey: .cleanText)
            handleChineseChars = try fields.decodeIfPresent(Bool.self, forKey: .handleChineseChars)
            stripAccents = try fields.decodeIfPresent(Bool.self, forKey: .stripAccents)
            lowercase = try fields.decodeIfPresent(Bool.self, forKey: .lowercase)
        case "BertProcessing", "RobertaProcessing":
            cls = try fields.decode(Named.self, forKey: .cls)
            sep = try fields.decode(Named.self, forKey: .sep)
            if type == "RobertaProcessing" { try readPrefixSpace(fields) }
        case "ByteLevel":
            try readPrefixSpace(fields)
            usesExpression = try fields.decodeIfPresent(Bool.self, forKey: .usesExpression)
        case "TemplateProcessing":
            single = try fields.decode([Step].self, forKey: .single)
            specialTokens = try fields.decode([String: Special].self, forKey: .specialTokens)
        case "Metaspace":
            replacement = try fields.decode(String.self, forKey: .replacement)
            addsPrefixSpace = try fields.decodeIfPresent(Bool.self, forKey: .addsPrefixSpace)
            prefixScheme = try fields.decodeIfPresent(String.self, forKey: .prefixScheme)
            splits = try fields.decodeIfPresent(Bool.self, forKey: .splits)
        case "Precompiled": characterMap = try fields.decodeIfPresent(String.self, forKey: .characterMap)
        case "Strip":
            stripsLeft = try fields.decodeIfPresent(Bool.self, forKey: .stripsLeft)
            stripsRight = try fields.decodeIfPresent(Bool.self, forKey: .stripsRight)
        case "Replace":
            pattern = try fields.decode(Pattern.self, forKey: .pattern)
            content = try fields.decode(String.self, forKey: .content)
        case "WordPiece":
            prefix = try fields.decodeIfPresent(String.self, forKey: .prefix)
            cleanup = try fields.decodeIfPresent(Bool.self, forKey: .cleanup)
        default: break
        }
    }

    private mutating func readPrefixSpace(_ fields: KeyedDecodingContainer<CodingKeys>) throws {
        addsPrefixSpace = try fields.decodeIfPresent(Bool.self, forKey: .addsPrefixSpace)
        trimsOffsets = try fields.decodeIfPresent(Bool.self, forKey: .trimsOffsets)
    }

    /// The part itself, or the parts of a sequence, of sequences within it, and so on.
    func leaves(_ children: KeyPath<TokenizerPart, [TokenizerPart]?>) -> [TokenizerPart] {
        type == "Sequence" ? (self[keyPath: children] ?? []).flatMap { $0.leaves(children) } : [self]
    }

    /// What is to be replaced: a text, or an expression.
    struct Pattern: Decodable {
        var text: String?
        var expression: String?

        private enum CodingKeys: String, CodingKey {
            case text = "String"
            case expression = "Regex"
        }
    }

    /// A token and its id, as a list of two.
    struct Named: Decodable {
        let id: Int

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            _ = try list.decode(String.self)
            id = try list.decode(Int.self)
        }
    }

    /// One step of a template: the text, or a special token.
    struct Step: Decodable {
        let special: String?
        let isText: Bool

        private enum Key: String, CodingKey {
            case special = "SpecialToken"
            case text = "Sequence"
        }
        private struct Content: Decodable { let id: String }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            special = try fields.decodeIfPresent(Content.self, forKey: .special)?.id
            isText = try fields.decodeIfPresent(Content.self, forKey: .text)?.id == "A"
        }
    }

    /// The ids that a template's special token stands for.
    struct Special: Decodable { let ids: [Int] }
}
