// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// DistilBERT (Sanh et al., 2019): neither token types nor a pooler in the encoder.
    static let distilBert = ModelPlan(
        modelType: "distilbert",
        classPrefix: "DistilBert",
        configuration: ConfigurationKeys(
            // Its configuration also takes BERT's names for three of them.
            width: .init("dim", "hidden_size", standard: 768),
            layers: .init("n_layers", "num_hidden_layers", standard: 6),
            heads: .init("n_heads", "num_attention_heads", standard: 12),
            feedForwardWidth: .init("hidden_dim", standard: 3072),
            activation: "activation"
        ),
        parameters: ParameterTemplate(
            prefix: "distilbert.",
            block: .init(
                layer: "transformer.layer.",
                query: "attention.q_lin",
                key: "attention.k_lin",
                value: "attention.v_lin",
                attentionOutput: "attention.out_lin",
                attentionNorm: "sa_layer_norm",
                intermediate: "ffn.lin1",
                output: "ffn.lin2",
                outputNorm: "output_layer_norm"
            ),
            heads: .init(
                pooler: "pre_classifier",
                classifier: "classifier",
                transform: "vocab_transform",
                norm: "vocab_layer_norm",
                decoder: "vocab_projector",
                decoderBias: ["vocab_projector.bias"]
            )
        ),
        poolerActivation: .function(.relu),
        dropout: DropoutPlan(
            hidden: .init(key: "dropout", standard: 0.1),
            attention: .init(key: "attention_dropout", standard: 0.1),
            classifier: .init(key: "seq_classif_dropout", standard: 0.2),
            dropsAttentionOutput: false
        ),
        tokenizer: .distilBert
    )
}
