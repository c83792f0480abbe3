// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// ELECTRA (Clark et al., 2020): BERT with embeddings that may be narrower than the blocks, and heads of its own. Read as
    /// an encoder is what detects replaced tokens; the generator is a masked LM.
    static let electra = ModelPlan(
        modelType: "electra",
        classPrefix: "Electra",
        otherClasses: ["ElectraForPreTraining": .bare],
        configuration: ConfigurationKeys(
            embeddingWidth: .init("embedding_size", standard: 128),
            width: .init("hidden_size", standard: 256),
            heads: .init("num_attention_heads", standard: 4),
            feedForwardWidth: .init("intermediate_size", standard: 1024),
            typeVocabularySize: .init("type_vocab_size", standard: 2),
            layerNormEpsilon: "layer_norm_eps",
            activation: "hidden_act"
        ),
        parameters: ParameterTemplate(
            prefix: "electra.",
            embeddingsProjection: "embeddings_project",
            block: bert.parameters.block,
            heads: .init(
                pooler: "classifier.dense",
                classifier: "classifier.out_proj",
                transform: "generator_predictions.dense",
                norm: "generator_predictions.LayerNorm",
                decoder: "generator_lm_head",
                decoderBias: ["generator_lm_head.bias"]
            )
        ),
        poolerActivation: .function(.gelu),
        transformActivation: .gelu,
        dropout: DropoutPlan(
            hidden: .init(key: "hidden_dropout_prob", standard: 0.1),
            attention: .init(key: "attention_probs_dropout_prob", standard: 0.1),
            classifier: .init(key: "classifier_dropout", standard: nil),
            dropsAttentionOutput: true,
            dropsPoolerInput: true
        ),
        tokenizer: TokenizerClass(names: ["ElectraTokenizer", "ElectraTokenizerFast"], special: .bert)
    )
}
