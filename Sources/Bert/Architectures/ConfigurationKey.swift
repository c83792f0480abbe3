// SPDX-License-Identifier: Apache-2.0

/// A key of `config.json`.
struct ConfigurationKey: CodingKey, Hashable, Sendable, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }

    init(stringLiteral name: String) { stringValue = name }

    static let modelType: Self = "model_type"
    static let architectures: Self = "architectures"
    static let idToLabel: Self = "id2label"
    static let numLabels: Self = "num_labels"
    static let problemType: Self = "problem_type"
    static let positionEmbeddingType: Self = "position_embedding_type"
    static let isDecoder: Self = "is_decoder"
    static let addCrossAttention: Self = "add_cross_attention"
    static let tieWordEmbeddings: Self = "tie_word_embeddings"
    static let earlyExitLayer: Self = "early_exit_layer"
    static let earlyExitConfidence: Self = "early_exit_confidence"
    static let quantizationConfig: Self = "quantization_config"
}
