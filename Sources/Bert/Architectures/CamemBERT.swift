// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// CamemBERT (Martin et al., 2019): RoBERTa for French, with a unigram model from SentencePiece.
    static let camembert = robertaLike(
        modelType: "camembert",
        classPrefix: "Camembert",
        vocabularySize: 30522,
        tokenizer: TokenizerClass(
            names: ["CamembertTokenizer", "CamembertTokenizerFast"],
            special: .camembert,
            builds: .unigram(.camembert)
        )
    )
}

extension SentencePieceLayout {
    /// fairseq's special tokens first, of which the model's own take the place of some.
    static let camembert = SentencePieceLayout(
        front: [("<s>NOTUSED", 0), ("<pad>", 0), ("</s>NOTUSED", 0), ("<unk>", 0), ("<unk>NOTUSED", -100)],
        dropped: 1,
        back: [("<mask>", 0)]
    )
}

extension SpecialTokenNames {
    /// RoBERTa's, with a mask that takes the spaces before it.
    fileprivate static let camembert: SpecialTokenNames = {
        var names = SpecialTokenNames.roberta
        names.mask?.stripsLeft = true
        names.extra = ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"].map { TokenEntry($0) }
        return names
    }()
}
