// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// XLM-RoBERTa (Conneau et al., 2019): RoBERTa for a hundred languages, with a unigram model from SentencePiece.
    static let xlmRoberta = robertaLike(
        modelType: "xlm-roberta",
        classPrefix: "XLMRoberta",
        vocabularySize: 30522,
        tokenizer: TokenizerClass(
            names: ["XLMRobertaTokenizer", "XLMRobertaTokenizerFast"],
            special: .roberta,
            builds: .unigram(.xlmRoberta)
        )
    )
}

extension SentencePieceLayout {
    /// fairseq's: its special tokens first, then what is behind the model's own, and the mask.
    static let xlmRoberta = SentencePieceLayout(
        front: [("<s>", 0), ("<pad>", 0), ("</s>", 0), ("<unk>", 0)],
        dropped: 3,
        back: [("<mask>", 0)]
    )
}
