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
            heads: .init(
                pooler: "classifier.dense",
                classifier: "classifier.out_proj",
                transform: "lm_head.dense",
                norm: "lm_head.layer_norm",
                decoder: "lm_head.decoder",
                decoderBias: ["lm_head.bias", "lm_head.decoder.bias"]
            )
        ),
        poolerActivation: .tanh,
        dropout: DropoutPlan(
            hidden: .init(key: "hidden_dropout_prob", standard: 0.1),
            attention: .init(key: "attention_probs_dropout_prob", standard: 0.1),
            classifier: .init(key: "hidden_dropout_prob", standard: 0.1),
            dropsAttentionOutput: true,
            dropsPoolerInput: true
        ),
        tokenizer: TokenizerClass(names: ["MPNetTokenizer", "MPNetTokenizerFast"], special: .mpNet)
    )
}

extension SpecialTokenNames {
    fileprivate static let mpNet: SpecialTokenNames = {
        var names = SpecialTokenNames()
        names.unk = TokenEntry("[UNK]")
        names.cls = TokenEntry("<s>")
        names.sep = TokenEntry("</s>")
        names.mask = TokenEntry("<mask>")
        names.pad = TokenEntry("<pad>")
        names.bos = names.cls
        names.eos = names.sep
        return names
    }()
}
