// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// RoBERTa (Liu et al., 2019): BERT with positions behind the padding's, a classifier of two layers, and byte-level BPE.
    static let roberta = robertaLike(
        modelType: "roberta",
        classPrefix: "Roberta",
        vocabularySize: 50265,
        tokenizer: TokenizerClass(
            names: ["RobertaTokenizer", "RobertaTokenizerFast"],
            special: .roberta,
            builds: .byteLevelBPE
        )
    )

    /// A family that has RoBERTa's encoder and heads, under its names, with a vocabulary of its own.
    static func robertaLike(
        modelType: String,
        classPrefix: String,
        vocabularySize: Int,
        tokenizer: TokenizerClass
    ) -> ModelPlan {
        ModelPlan(
            modelType: modelType,
            classPrefix: classPrefix,
            configuration: ConfigurationKeys(
                vocabularySize: .init("vocab_size", standard: vocabularySize),
                typeVocabularySize: .init("type_vocab_size", standard: 2),
                layerNormEpsilon: "layer_norm_eps",
                paddingID: .init("pad_token_id", standard: 1),
                activation: "hidden_act"
            ),
            parameters: ParameterTemplate(
                prefix: "roberta.",
                block: bert.parameters.block,
                heads: .roberta
            ),
            poolerActivation: .tanh,
            transformActivation: .gelu,
            dropout: DropoutPlan(
                hidden: .init(key: "hidden_dropout_prob", standard: 0.1),
                attention: .init(key: "attention_probs_dropout_prob", standard: 0.1),
                classifier: .init(key: "classifier_dropout", standard: nil),
                dropsAttentionOutput: true,
                dropsPoolerInput: true
            ),
            tokenizer: tokenizer
        )
    }
}

extension ParameterTemplate.Heads {
    /// A classifier of two layers, and a masked LM with a transform.
    static let roberta = ParameterTemplate.Heads(
        pooler: "classifier.dense",
        classifier: "classifier.out_proj",
        transform: "lm_head.dense",
        norm: "lm_head.layer_norm",
        decoder: "lm_head.decoder",
        decoderBias: ["lm_head.bias", "lm_head.decoder.bias"]
    )
}

extension SpecialTokenNames {
    /// `<s>` and its like.
    static let roberta: SpecialTokenNames = {
        var names = SpecialTokenNames()
        names.unk = TokenEntry("<unk>")
        names.cls = TokenEntry("<s>")
        names.sep = TokenEntry("</s>")
        names.mask = TokenEntry("<mask>")
        names.pad = TokenEntry("<pad>")
        names.bos = names.cls
        names.eos = names.sep
        return names
    }()
}
