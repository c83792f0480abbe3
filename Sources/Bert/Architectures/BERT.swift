// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// BERT (Devlin et al., 2018).
    static let bert = ModelPlan(
        modelType: "bert",
        classPrefix: "Bert",
        otherClasses: ["BertForPreTraining": .maskedLM],
        configuration: ConfigurationKeys(
            typeVocabularySize: .init("type_vocab_size", standard: 2),
            layerNormEpsilon: "layer_norm_eps",
            activation: "hidden_act"
        ),
        parameters: ParameterTemplate(
            prefix: "bert.",
            block: .init(
                layer: "encoder.layer.",
                query: "attention.self.query",
                key: "attention.self.key",
                value: "attention.self.value",
                attentionOutput: "attention.output.dense",
                attentionNorm: "attention.output.LayerNorm",
                intermediate: "intermediate.dense",
                output: "output.dense",
                outputNorm: "output.LayerNorm"
            ),
            heads: .init(
                pooler: "pooler.dense",
                poolerIsInEncoder: true,
                classifier: "classifier",
                transform: "cls.predictions.transform.dense",
                norm: "cls.predictions.transform.LayerNorm",
                decoder: "cls.predictions.decoder",
                decoderBias: ["cls.predictions.bias", "cls.predictions.decoder.bias"]
            )
        ),
        poolerActivation: .tanh,
        dropout: DropoutPlan(
            hidden: .init(key: "hidden_dropout_prob", standard: 0.1),
            attention: .init(key: "attention_probs_dropout_prob", standard: 0.1),
            classifier: .init(key: "classifier_dropout", standard: nil),
            dropsAttentionOutput: true
        ),
        tokenizer: .bert
    )
}
