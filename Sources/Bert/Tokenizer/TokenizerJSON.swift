// SPDX-License-Identifier: Apache-2.0
internal import Files

/// A `tokenizer.json` of Hugging Face's `tokenizers`, stage by stage. Of its `truncation`
/// the direction counts; the length, and all of `padding`, transformers ignores, too.
struct TokenizerJSON: Sendable {
    let path: String
    let file: VocabularyFile
    let added: [TokenEntry]
    private let normaliser: NormaliserPlan
    private let preTokeniser: PreTokeniser
    /// Nil if the file puts nothing around a text.
    private let postProcessor: PostProcessor?
    private let decoding: Decoding
    let truncationSide: TruncationSide?

    /// The file in `directory`, or nil if there is none.
    static func read(_ directory: String) throws(FileError) -> TokenizerJSON? {
        let path = "\(directory)/tokenizer.json"
        guard let bytes = try TokenizerFile.read(path) else { return nil }
        return try TokenizerJSON(bytes, path: path)
    }

    private init(_ bytes: [UInt8], path: String) throws(FileError) {
        self.path = path
        let json = try ModelJSON(bytes, path: path)
        let content = try TokenizerFile.decode(TokenizerJSONContent.self, from: json.rest, path: path)

        guard var model = content.model.settings else {
            throw TokenizerPart.refusal("model", content.model.type, path)
        }
        try model.check(path: path)
        let pieces = try model.read(json)
        added = content.added ?? []
        normaliser = try NormaliserPlan(content.normalizer, path)
        file = VocabularyFile(path: path, pieces: pieces, model: model, characterMap: normaliser.characterMap)
        preTokeniser = try PreTokeniser(content.preTokenizer, path)
        guard model.follows(preTokeniser) else {
            let order = "is not known in front of the model \"\(type(of: model).type)\""
            throw FileError(.unsupported, path: path, "pre_tokenizer \"\(preTokeniser.type)\" \(order)")
        }
        guard model.follows(normaliser) else {
            let order = "is not known in front of the model \"\(type(of: model).type)\""
            throw FileError(.unsupported, path: path, "normalizer \"\(normaliser.type)\" \(order)")
        }
        postProcessor = try content.postProcessor.map { part throws(FileError) in try PostProcessor(part, path) }
        decoding = try Decoding(content.decoder, path)
        truncationSide = content.truncation?.direction
    }

    /// All stages, where the file decides.
    func stages(of vocabulary: Vocabulary) throws(FileError) -> TokenizerStages {
        TokenizerStages(
            normaliser: normaliser,
            preTokeniser: preTokeniser,
            model: file.model,
            postProcessor: try frame(of: vocabulary),
            decoding: decoding
        )
    }

    /// What stands around a text. A model reads the first token in place of a text.
    private func frame(of vocabulary: Vocabulary) throws(FileError) -> PostProcessor {
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
