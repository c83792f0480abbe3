// SPDX-License-Identifier: Apache-2.0

/// A `tokenizer.json` of Hugging Face's `tokenizers`, of the parts that BERT's tokenizers are made of. Its `truncation`
/// and `padding` are left alone: transformers ignores them, too, unless it is asked for them.
struct TokenizerJSON: Sendable {
    let path: String
    let pieces: PieceList
    let added: [TokenEntry]
    let normaliser: Normaliser.Options
    let unknown: String
    let prefix: String
    let maxScalarsPerWord: Int
    /// The ids around a text; nil if the file puts none there.
    let frame: (cls: Int32, sep: Int32)?
    let decoding: Decoding

    /// The file in `directory`, or nil if there is none.
    static func read(_ directory: String) throws(ModelError) -> TokenizerJSON? {
        let path = "\(directory)/tokenizer.json"
        guard let bytes = try TokenizerFile.read(path) else { return nil }
        return try TokenizerJSON(bytes, path: path)
    }

    private init(_ bytes: [UInt8], path: String) throws(ModelError) {
        self.path = path
        // The vocabulary is read from the bytes: a Swift dictionary of it would take canonically equivalent tokens, which
        // multilingual vocabularies have, for one.
        let vocabulary = VocabularyJSON(bytes, path: path)
        let range = try vocabulary.locate()
        let rest = range.map { bytes[..<$0.lowerBound] + Array("{}".utf8) + bytes[$0.upperBound...] } ?? bytes[...]
        let content = try TokenizerFile.decode(Content.self, from: Array(rest), path: path)

        let model = content.model
        guard model.type ?? "WordPiece" == "WordPiece", model.merges == nil else {
            throw Self.refusal(path, "model", model.type ?? "BPE")
        }
        guard let range, bytes[range.lowerBound] == UInt8(ascii: "{") else {
            throw ModelError(.invalid, path: path, "model.vocab is not there, or is not an object")
        }
        guard let unknown = model.unknown, let prefix = model.prefix, let most = model.maxScalarsPerWord else {
            throw ModelError(
                .invalid,
                path: path,
                "model lacks one of unk_token, continuing_subword_prefix and max_input_chars_per_word"
            )
        }
        guard (1...1 << 16).contains(most) else {
            throw ModelError(
                .unsupported,
                path: path,
                "model.max_input_chars_per_word is \(most); it must be from 1 to 65536"
            )
        }
        self.unknown = unknown
        self.prefix = prefix
        maxScalarsPerWord = most
        pieces = try vocabulary.read(range)
        added = content.added ?? []
        normaliser = try Self.normaliser(content.normalizer, path)
        try Self.check(content.preTokenizer, path)
        frame = try content.postProcessor.map { part throws(ModelError) in try Self.frame(part, path) }
        decoding = try Self.decoding(content.decoder, path)
    }

    private static func refusal(_ path: String, _ part: String, _ type: String) -> ModelError {
        ModelError(
            .unsupported,
            path: path,
            "\(part) \"\(type)\" is not one of BERT's; the model needs another tokenizer than this program has"
        )
    }

    private static func normaliser(_ part: Part?, _ path: String) throws(ModelError) -> Normaliser.Options {
        let parts = part.map { $0.leaves(\.normalizers) } ?? []
        if let other = parts.first(where: { $0.type != "BertNormalizer" }) {
            throw refusal(path, "normalizer", other.type)
        }
        guard parts.count <= 1 else { throw refusal(path, "normalizer", "Sequence of several BertNormalizer") }
        guard let part = parts.first else { return Normaliser.Options() }
        let lowercases = part.lowercase ?? true
        return Normaliser.Options(
            cleansText: part.cleanText ?? true,
            spacesIdeographs: part.handleChineseChars ?? true,
            stripsAccents: part.stripAccents ?? lowercases,
            lowercases: lowercases
        )
    }

    private static func check(_ part: Part?, _ path: String) throws(ModelError) {
        let parts = part.map { $0.leaves(\.pretokenizers) } ?? []
        if let other = parts.first(where: { $0.type != "BertPreTokenizer" }) {
            throw refusal(path, "pre_tokenizer", other.type)
        }
        if parts.isEmpty { throw refusal(path, "pre_tokenizer", "null") }
    }

    /// What a post-processor puts around a single text: one token on either side, or it is refused.
    private static func frame(_ part: Part, _ path: String) throws(ModelError) -> (cls: Int32, sep: Int32) {
        func id(_ id: Int?) throws(ModelError) -> Int32 {
            guard let id, let id = Int32(exactly: id), id >= 0 else {
                throw ModelError(.invalid, path: path, "post_processor names a token without an id")
            }
            return id
        }
        let parts = part.leaves(\.processors)
        guard parts.count == 1, let part = parts.first else { throw refusal(path, "post_processor", part.type) }
        switch part.type {
        case "BertProcessing":
            return (try id(part.cls?.id), try id(part.sep?.id))
        case "TemplateProcessing":
            let single = part.single ?? []
            guard single.count == 3, let before = single[0].special, single[1].isText, let after = single[2].special,
                let cls = part.specialTokens?[before]?.ids, let sep = part.specialTokens?[after]?.ids,
                cls.count == 1, sep.count == 1
            else {
                throw refusal(path, "post_processor", "TemplateProcessing other than [CLS] $A [SEP]")
            }
            return (try id(cls[0]), try id(sep[0]))
        default:
            throw refusal(path, "post_processor", part.type)
        }
    }

    private static func decoding(_ part: Part?, _ path: String) throws(ModelError) -> Decoding {
        guard let part else { return Decoding(prefix: nil, cleansTokens: false) }
        guard part.type == "WordPiece" else { throw refusal(path, "decoder", part.type) }
        return Decoding(prefix: part.prefix ?? "##", cleansTokens: part.cleanup ?? true)
    }
}

/// The file's JSON, its vocabulary cut out.
private struct Content: Decodable {
    let added: [TokenEntry]?
    let normalizer: Part?
    let preTokenizer: Part?
    let postProcessor: Part?
    let decoder: Part?
    let model: Model

    enum CodingKeys: String, CodingKey {
        case normalizer, decoder, model
        case added = "added_tokens"
        case preTokenizer = "pre_tokenizer"
        case postProcessor = "post_processor"
    }

    struct Model: Decodable {
        /// Absent in old files.
        let type: String?
        let unknown: String?
        let prefix: String?
        let maxScalarsPerWord: Int?
        /// Only a BPE model has them.
        let merges: Present?

        enum CodingKeys: String, CodingKey {
            case type, merges
            case unknown = "unk_token"
            case prefix = "continuing_subword_prefix"
            case maxScalarsPerWord = "max_input_chars_per_word"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            type = try fields.decodeIfPresent(String.self, forKey: .type)
            merges = try fields.decodeIfPresent(Present.self, forKey: .merges)
            // The fields of other models are of other types; they are refused by their name.
            guard type ?? "WordPiece" == "WordPiece" else {
                (unknown, prefix, maxScalarsPerWord) = (nil, nil, nil)
                return
            }
            unknown = try fields.decodeIfPresent(String.self, forKey: .unknown)
            prefix = try fields.decodeIfPresent(String.self, forKey: .prefix)
            maxScalarsPerWord = try fields.decodeIfPresent(Int.self, forKey: .maxScalarsPerWord)
        }
    }

    /// Some value, whatever it is.
    struct Present: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}

/// A normalizer, pre-tokenizer, post-processor or decoder, with the fields of those that are known.
private struct Part: Decodable {
    let type: String
    // Sequence
    var normalizers: [Part]?
    var pretokenizers: [Part]?
    var processors: [Part]?
    // BertNormalizer
    var cleanText: Bool?
    var handleChineseChars: Bool?
    var stripAccents: Bool?
    var lowercase: Bool?
    // BertProcessing
    var cls: Named?
    var sep: Named?
    // TemplateProcessing
    var single: [Step]?
    var specialTokens: [String: Special]?
    // WordPiece, the decoder
    var prefix: String?
    var cleanup: Bool?

    enum CodingKeys: String, CodingKey {
        case type, normalizers, pretokenizers, processors, lowercase, cls, sep, single, prefix, cleanup
        case cleanText = "clean_text"
        case handleChineseChars = "handle_chinese_chars"
        case stripAccents = "strip_accents"
        case specialTokens = "special_tokens"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        type = try fields.decode(String.self, forKey: .type)
        switch type {
        case "Sequence":
            normalizers = try fields.decodeIfPresent([Part].self, forKey: .normalizers)
            pretokenizers = try fields.decodeIfPresent([Part].self, forKey: .pretokenizers)
            processors = try fields.decodeIfPresent([Part].self, forKey: .processors)
        case "BertNormalizer":
            cleanText = try fields.decodeIfPresent(Bool.self, forKey: .cleanText)
            handleChineseChars = try fields.decodeIfPresent(Bool.self, forKey: .handleChineseChars)
            stripAccents = try fields.decodeIfPresent(Bool.self, forKey: .stripAccents)
            lowercase = try fields.decodeIfPresent(Bool.self, forKey: .lowercase)
        case "BertProcessing":
            cls = try fields.decode(Named.self, forKey: .cls)
            sep = try fields.decode(Named.self, forKey: .sep)
        case "TemplateProcessing":
            single = try fields.decode([Step].self, forKey: .single)
            specialTokens = try fields.decode([String: Special].self, forKey: .specialTokens)
        case "WordPiece":
            prefix = try fields.decodeIfPresent(String.self, forKey: .prefix)
            cleanup = try fields.decodeIfPresent(Bool.self, forKey: .cleanup)
        default: break
        }
    }

    /// The part itself, or the parts of a sequence, of sequences within it, and so on.
    func leaves(_ children: KeyPath<Part, [Part]?>) -> [Part] {
        type == "Sequence" ? (self[keyPath: children] ?? []).flatMap { $0.leaves(children) } : [self]
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
