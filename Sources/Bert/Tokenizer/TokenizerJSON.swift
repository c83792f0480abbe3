// SPDX-License-Identifier: Apache-2.0

/// A `tokenizer.json` of Hugging Face's `tokenizers`, of the parts that BERT's tokenizers are made of. Of its `truncation`
/// the direction counts; the length, and all of `padding`, transformers ignores, too.
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
    let truncationSide: TruncationSide?

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
        let content = try TokenizerFile.decode(TokenizerJSONContent.self, from: Array(rest), path: path)

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
        truncationSide = content.truncation?.direction
    }

    private static func refusal(_ path: String, _ part: String, _ type: String) -> ModelError {
        ModelError(
            .unsupported,
            path: path,
            "\(part) \"\(type.clippedForMessage)\" is not one of BERT's; the model needs another tokenizer than this program has"
        )
    }

    private static func normaliser(_ part: TokenizerPart?, _ path: String) throws(ModelError) -> Normaliser.Options {
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

    private static func check(_ part: TokenizerPart?, _ path: String) throws(ModelError) {
        let parts = part.map { $0.leaves(\.pretokenizers) } ?? []
        if let other = parts.first(where: { $0.type != "BertPreTokenizer" }) {
            throw refusal(path, "pre_tokenizer", other.type)
        }
        if parts.isEmpty { throw refusal(path, "pre_tokenizer", "null") }
    }

    /// What a post-processor puts around a single text: one token on either side, or it is refused.
    private static func frame(_ part: TokenizerPart, _ path: String) throws(ModelError) -> (cls: Int32, sep: Int32) {
        func id(_ id: Int?) throws(ModelError) -> Int32 {
            guard let id, let id = Int32(exactly: id), id >= 0 else {
                throw ModelError(.invalid, path: path, "post_processor names a token without an id")
            }
            return id
        }
        let parts = part.leaves(\.processors)
        guard parts.count == 1, let part = parts.first else { throw refusal(path, "post_processor", part.type) }
        switch part.type {
        case "BertProcessing", "RobertaProcessing":
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

    private static func decoding(_ part: TokenizerPart?, _ path: String) throws(ModelError) -> Decoding {
        guard let part else { return Decoding(prefix: nil, cleansTokens: false) }
        guard part.type == "WordPiece" else { throw refusal(path, "decoder", part.type) }
        return Decoding(prefix: part.prefix ?? "##", cleansTokens: part.cleanup ?? true)
    }
}
