// SPDX-License-Identifier: Apache-2.0
internal import Files

/// A `tokenizer.json` of Hugging Face's `tokenizers`, stage by stage. Of its `truncation`
/// the direction counts; the length, and all of `padding`, transformers ignores, too.
struct TokenizerJSON: Sendable {
    let path: String
    let pieces: PieceList
    let added: [TokenEntry]
    let normaliser: Normaliser.Options
    let model: any SubwordModelSettings
    /// Nil if the file puts nothing around a text.
    private let postProcessor: PostProcessor?
    let decoding: Decoding
    let truncationSide: TruncationSide?

    /// The file in `directory`, or nil if there is none.
    static func read(_ directory: String) throws(FileError) -> TokenizerJSON? {
        let path = "\(directory)/tokenizer.json"
        guard let bytes = try TokenizerFile.read(path) else { return nil }
        return try TokenizerJSON(bytes, path: path)
    }

    private init(_ bytes: [UInt8], path: String) throws(FileError) {
        self.path = path
        // The vocabulary is read from the bytes: a Swift dictionary of it would take canonically equivalent tokens, which
        // multilingual vocabularies have, for one.
        let vocabulary = VocabularyJSON(bytes, path: path)
        let range = try vocabulary.locate()
        let rest = range.map { bytes[..<$0.lowerBound] + Array("{}".utf8) + bytes[$0.upperBound...] } ?? bytes[...]
        let content = try TokenizerFile.decode(TokenizerJSONContent.self, from: Array(rest), path: path)

        guard let model = content.model.settings else {
            throw TokenizerPart.refusal("model", content.model.type, path)
        }
        guard let range, bytes[range.lowerBound] == UInt8(ascii: "{") else {
            throw FileError(.invalid, path: path, "model.vocab is not there, or is not an object")
        }
        try model.check(path: path)
        self.model = model
        pieces = try vocabulary.read(range)
        added = content.added ?? []
        normaliser = try Normaliser.Options(content.normalizer, path)
        try PreTokeniser.check(content.preTokenizer, path)
        postProcessor = try content.postProcessor.map { part throws(FileError) in try PostProcessor(part, path) }
        decoding = try Decoding(content.decoder, path)
        truncationSide = content.truncation?.direction
    }

    /// What stands around a text. A model reads the first token in place of a text.
    func frame(of vocabulary: Vocabulary) throws(FileError) -> PostProcessor {
        guard let frame = postProcessor else {
            throw FileError(
                .unsupported,
                path: path,
                "post_processor null puts no special tokens around a text, such as [CLS] and [SEP]; the model needs them"
            )
        }
        for id in [frame.first, frame.last] where id >= vocabulary.count {
            throw FileError(.invalid, path: path, "post_processor: no token has id \(id)")
        }
        return frame
    }
}

extension TokenizerPart {
    /// The error for a stage that is not known.
    static func refusal(_ part: String, _ type: String, _ path: String) -> FileError {
        let advice = "the model needs another tokenizer than this program has"
        return FileError(.unsupported, path: path, "\(part) \"\(type.clippedForMessage)\" is not known; \(advice)")
    }
}
