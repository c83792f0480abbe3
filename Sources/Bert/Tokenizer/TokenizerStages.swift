// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The stages of a tokenizer, as a `tokenizer.json` or a class of `transformers` puts them together.
struct TokenizerStages: Sendable {
    var normaliser = NormaliserPlan()
    let preTokeniser: PreTokeniser
    let model: any SubwordModelSettings
    let postProcessor: PostProcessor
    let decoding: Decoding
}

extension TokenizerClass {
    /// The stages that the class builds itself: what `tokenizer_config.json` says, with the vocabulary of a file.
    ///
    /// - Parameters:
    ///   - unknown: the token that stands for what has no pieces.
    ///   - frame: the ids around a text.
    func stages(
        _ config: TokenizerConfig,
        _ file: VocabularyFile,
        unknown: String?,
        frame: (first: Int32, last: Int32)
    ) throws(FileError) -> TokenizerStages {
        switch builds {
        case .wordPiece:
            let lowercases = config.lowercases ?? true
            return TokenizerStages(
                normaliser: NormaliserPlan(
                    options: Normaliser.Options(
                        cleansText: true,
                        spacesIdeographs: config.spacesIdeographs ?? true,
                        stripsAccents: config.stripsAccents ?? lowercases,
                        lowercases: lowercases
                    )
                ),
                preTokeniser: .bert,
                model: WordPiece.Settings(unknown: unknown),
                postProcessor: PostProcessor(first: frame.first, last: frame.last, trimming: trimming),
                decoding: Decoding()
            )
        case .byteLevelBPE:
            let addsPrefixSpace = config.addsPrefixSpace ?? false
            let trimming = config.trimsOffsets ?? true ? PlaceTrimming(addsPrefixSpace: addsPrefixSpace) : nil
            return TokenizerStages(
                preTokeniser: .byteLevel(addsPrefixSpace: addsPrefixSpace),
                model: ByteLevelBPE.Settings(merges: (file.model as? ByteLevelBPE.Settings)?.merges ?? MergeList()),
                postProcessor: PostProcessor(first: frame.first, last: frame.last, trimming: trimming),
                decoding: Decoding(style: .byteLevel)
            )
        case .unigram(let layout):
            guard config.splitsAtPunctuation != true else {
                throw TokenizerPart.refusal("pre_tokenizer", "Punctuation, which split_by_punct asks for,", file.path)
            }
            let prefix: Metaspace.Prefix = config.addsPrefixSpace ?? true ? .always : layout.prefixOtherwise
            return TokenizerStages(
                normaliser: NormaliserPlan(
                    steps: layout.before(config)
                        + (file.characterMap.flatMap { layout.usesMap ? [.map($0)] : nil } ?? [])
                ),
                preTokeniser: .metaspace(Metaspace(prefix: prefix, splitsAtWhitespace: layout.splitsAtWhitespace)),
                model: Unigram.Settings(scores: (file.model as? Unigram.Settings)?.scores ?? [], unknown: unknown),
                postProcessor: PostProcessor(first: frame.first, last: frame.last),
                decoding: Decoding(style: .metaspace(dropsFirst: prefix != .never))
            )
        }
    }

    /// Refuses a file of another subword model than the class builds.
    func check(_ file: VocabularyFile) throws(FileError) {
        let type = Swift.type(of: file.model).type
        let wanted =
            switch builds {
            case .wordPiece: WordPiece.Settings.type
            case .byteLevelBPE: ByteLevelBPE.Settings.type
            case .unigram: Unigram.Settings.type
            }
        guard type != wanted else { return }
        let name = names.sorted().first ?? ""
        let reason =
            "model \"\(type)\" is not what the tokenizer_class \(name) reads; PreTrainedTokenizerFast takes it as it is"
        throw FileError(.unsupported, path: file.path, reason)
    }
}
