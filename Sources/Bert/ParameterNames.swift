// SPDX-License-Identifier: Apache-2.0

/// What Hugging Face calls the parameters of an encoder, without `.weight` and `.bias`.
struct ParameterNames {
    let family: Architecture.Family
    /// `bert.` or `distilbert.` where the encoder is part of a larger model, nothing where it is the whole of it.
    let prefix: String

    /// Finds out from the names in a checkpoint whether its encoder is bare.
    init(family: Architecture.Family, in names: [String]) {
        self.family = family
        let full = family == .bert ? "bert." : "distilbert."
        prefix = names.contains { $0.hasPrefix(full) } ? full : ""
    }

    var wordEmbeddings: String { prefix + "embeddings.word_embeddings" }
    var positionEmbeddings: String { prefix + "embeddings.position_embeddings" }
    /// BERT only.
    var tokenTypeEmbeddings: String { prefix + "embeddings.token_type_embeddings" }
    var embeddingsNorm: String { prefix + "embeddings.LayerNorm" }
    /// BERT only: what a classifier reads the first token through.
    var pooler: String { prefix + "pooler.dense" }

    /// The parameters of one block.
    struct Block {
        let query, key, value, attentionOutput, attentionNorm, intermediate, output, outputNorm: String
    }

    func block(_ index: Int) -> Block {
        switch family {
        case .bert:
            let layer = prefix + "encoder.layer.\(index)."
            return Block(
                query: layer + "attention.self.query",
                key: layer + "attention.self.key",
                value: layer + "attention.self.value",
                attentionOutput: layer + "attention.output.dense",
                attentionNorm: layer + "attention.output.LayerNorm",
                intermediate: layer + "intermediate.dense",
                output: layer + "output.dense",
                outputNorm: layer + "output.LayerNorm"
            )
        case .distilBert:
            let layer = prefix + "transformer.layer.\(index)."
            return Block(
                query: layer + "attention.q_lin",
                key: layer + "attention.k_lin",
                value: layer + "attention.v_lin",
                attentionOutput: layer + "attention.out_lin",
                attentionNorm: layer + "sa_layer_norm",
                intermediate: layer + "ffn.lin1",
                output: layer + "ffn.lin2",
                outputNorm: layer + "output_layer_norm"
            )
        }
    }
}
