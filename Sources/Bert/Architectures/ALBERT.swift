// SPDX-License-Identifier: Apache-2.0

extension ModelPlan {
    /// ALBERT (Lan et al., 2019): BERT with narrow embeddings, and blocks that many layers share.
    static let albert = ModelPlan(
        modelType: "albert",
        classPrefix: "Albert",
        otherClasses: ["AlbertForPreTraining": .maskedLM],
        configuration: ConfigurationKeys(
            vocabularySize: .init("vocab_size", standard: 30000),
            embeddingWidth: .init("embedding_size", standard: 128),
            width: .init("hidden_size", standard: 4096),
            heads: .init("num_attention_heads", standard: 64),
            feedForwardWidth: .init("intermediate_size", standard: 16384),
            layerGroups: .init("num_hidden_groups", standard: 1),
            typeVocabularySize: .init("type_vocab_size", standard: 2),
            layerNormEpsilon: "layer_norm_eps",
            fixed: ["inner_group_num": 1],
            activation: "hidden_act",
            standardActivation: .geluNew
        ),
        parameters: ParameterTemplate(
            prefix: "albert.",
            embeddingsProjection: "encoder.embedding_hidden_mapping_in",
            projectsAlways: true,
            block: .init(
                layer: "encoder.albert_layer_groups.",
                ofLayer: ".albert_layers.0.",
                query: "attention.query",
                key: "attention.key",
                value: "attention.value",
                attentionOutput: "attention.dense",
                attentionNorm: "attention.LayerNorm",
                intermediate: "ffn",
                output: "ffn_output",
                outputNorm: "full_layer_layer_norm"
            ),
            heads: .init(
                pooler: "pooler",
                poolerIsInEncoder: true,
                classifier: "classifier",
                transform: "predictions.dense",
                norm: "predictions.LayerNorm",
                decoder: "predictions.decoder",
                decoderBias: ["predictions.bias", "predictions.decoder.bias"]
            )
        ),
        poolerActivation: .tanh,
        dropout: DropoutPlan(
            hidden: .init(key: "hidden_dropout_prob", standard: 0),
            attention: .init(key: "attention_probs_dropout_prob", standard: 0),
            classifier: .init(key: "classifier_dropout_prob", standard: 0.1),
            dropsAttentionOutput: true,
            dropsFeedForward: false
        ),
        tokenizer: TokenizerClass(
            names: ["AlbertTokenizer", "AlbertTokenizerFast"],
            special: .albert,
            builds: .unigram(.albert)
        )
    )
}

extension SentencePieceLayout {
    /// The model's own order, in which the special tokens are pieces.
    fileprivate static let albert = SentencePieceLayout { config in
        let quote = Array("\"".utf8)
        var steps = ["``", "''"].map { StretchNormaliser.Step.replace(Array($0.utf8), least: 1, with: quote) }
        if config.keepsAccents != true { steps += [.decompose, .stripAccents] }
        if config.lowercases != false { steps.append(.lowercase) }
        return steps
    }
}

extension SpecialTokenNames {
    /// BERT's, but for two.
    fileprivate static let albert: SpecialTokenNames = {
        var names = SpecialTokenNames.bert
        names.unk = TokenEntry("<unk>")
        names.pad = TokenEntry("<pad>")
        names.bos = names.cls
        names.eos = names.sep
        return names
    }()
}
