// SPDX-License-Identifier: Apache-2.0
internal import Files

/// A class of tokenizers in `transformers` that builds its chain itself: what it takes where the files say nothing.
struct TokenizerClass: Sendable {
    /// What `tokenizer_class` may call it.
    let names: Set<String>
    /// The tokens that have a part of their own.
    let special: SpecialTokenNames
    /// The subword model of its chain.
    var builds = Model.wordPiece
    /// What its chain of WordPiece makes of tokens' places; nil if they stay.
    var trimming: PlaceTrimming?

    enum Model: Sendable {
        case wordPiece
        case byteLevelBPE
        case unigram(SentencePieceLayout)

        /// The files that have a vocabulary of it where there is no `tokenizer.json`.
        func vocabulary(in directory: String) throws(FileError) -> VocabularyFile {
            let (file, name) =
                switch self {
                case .wordPiece: (try VocabularyFile.wordPiece(in: directory), "vocab.txt")
                case .byteLevelBPE: (try VocabularyFile.byteLevelBPE(in: directory), "vocab.json with merges.txt")
                case .unigram(let layout):
                    (
                        try VocabularyFile.unigram(in: directory, layout),
                        "sentencepiece.bpe.model, spiece.model or spm.model"
                    )
                }
            if let file { return file }
            throw FileError(.missing, path: directory, "holds neither tokenizer.json nor \(name)")
        }
    }

    static let bert = TokenizerClass(
        names: ["BertTokenizer", "BertTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast"],
        special: .bert
    )
    static let distilBert = TokenizerClass(
        names: ["DistilBertTokenizer", "DistilBertTokenizerFast"],
        special: .bert
    )
}

extension SpecialTokenNames {
    /// `[CLS]` and its like.
    static let bert: SpecialTokenNames = {
        var names = SpecialTokenNames()
        names.unk = TokenEntry("[UNK]")
        names.cls = TokenEntry("[CLS]")
        names.sep = TokenEntry("[SEP]")
        names.mask = TokenEntry("[MASK]")
        names.pad = TokenEntry("[PAD]")
        return names
    }()
}
