// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// MPNet (Song et al., 2020): BERT without token types, with a relative bias on attention's scores.
    static let mpNet = ModelPlan(
        modelType: "mpnet",
        classPrefix: "MPNet",
        configuration: ConfigurationKeys(
            vocabularySize: .init("vocab_size", standard: 30527),
            layerNormEpsilon: "layer_norm_eps",
            relativeBuckets: .init("relative_attention_num_buckets", standard: 32),
            paddingID: .init(standard: 1),
            activation: "hidden_act"
        ),
        parameters: ParameterTemplate(
            prefix: "mpnet.",
            relativeBias: "encoder.relative_attention_bias",
            block: .init(
                layer: "encoder.layer.",
                query: "attention.attn.q",
                key: "attention.attn.k",
                value: "attention.attn.v",
                attentionOutput: "attention.attn.o",
                attentionNorm: "attention.LayerNorm",
                intermediate: "intermediate.dense",
                output: "output.dense",
                outputNorm: "output.LayerNorm"
            ),
            heads: .roberta
        ),
        poolerActivation: .tanh,
        transformActivation: .gelu,
        dropout: DropoutPlan(
            hidden: .init(key: "hidden_dropout_prob", standard: 0.1),
            attention: .init(key: "attention_probs_dropout_prob", standard: 0.1),
            classifier: .init(key: "hidden_dropout_prob", standard: 0.1),
            dropsAttentionOutput: true,
            dropsPoolerInput: true
        ),
        tokenizer: TokenizerClass(
            names: ["MPNetTokenizer", "MPNetTokenizerFast"],
            special: .mpNet,
            // BERT's chain but for RoBERTa's end.
            trimming: PlaceTrimming(addsPrefixSpace: false)
        )
    )
}

extension SpecialTokenNames {
    /// RoBERTa's, but for one that BERT has.
    fileprivate static let mpNet: SpecialTokenNames = {
        var names = SpecialTokenNames.roberta
        names.unk = TokenEntry("[UNK]")
        return names
    }()
}
