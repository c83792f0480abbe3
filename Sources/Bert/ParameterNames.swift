// SPDX-License-Identifier: Apache-2.0

/// What Hugging Face calls the parameters of a model, without `.weight` and `.bias`.
package struct ParameterNames {
    package let family: Architecture.Family
    /// `bert.` or `distilbert.` where the encoder is part of a larger model, nothing where it is the whole of it.
    package let prefix: String

    /// Finds out from the names in a checkpoint whether its encoder is bare.
    package init(family: Architecture.Family, in names: [String]) {
        self.family = family
        let full = Self.fullPrefix(family)
        prefix = names.contains { $0.hasPrefix(full) } ? full : ""
    }

    /// The names in what is saved for a model of this architecture.
    package init(_ architecture: Architecture) {
        family = architecture.family
        prefix = architecture.task == .bare ? "" : Self.fullPrefix(family)
    }

    private static func fullPrefix(_ family: Architecture.Family) -> String {
        family == .bert ? "bert." : "distilbert."
    }

    package var wordEmbeddings: String { prefix + "embeddings.word_embeddings" }
    package var positionEmbeddings: String { prefix + "embeddings.position_embeddings" }
    /// BERT only.
    package var tokenTypeEmbeddings: String { prefix + "embeddings.token_type_embeddings" }
    package var embeddingsNorm: String { prefix + "embeddings.LayerNorm" }
    /// What a classifier reads the first token through. In DistilBERT it is no part of the encoder.
    package var pooler: String { family == .bert ? prefix + "pooler.dense" : "pre_classifier" }
    package var classifier: String { "classifier" }
    package var maskedLMTransform: String {
        family == .bert ? "cls.predictions.transform.dense" : "vocab_transform"
    }
    package var maskedLMNorm: String {
        family == .bert ? "cls.predictions.transform.LayerNorm" : "vocab_layer_norm"
    }
    /// The masked LM's matrix, where it is not the word embeddings.
    package var decoder: String { family == .bert ? "cls.predictions.decoder" : "vocab_projector" }
    /// The masked LM's bias, in full.
    package var decoderBias: String { family == .bert ? "cls.predictions.bias" : "vocab_projector.bias" }

    /// The parameters of one block.
    package struct Block {
        package let query, key, value, attentionOutput, attentionNorm, intermediate, output, outputNorm: String
    }

    /// What the names of all parameters of a block begin with.
    package func layer(_ index: Int) -> String {
        prefix + (family == .bert ? "encoder.layer.\(index)." : "transformer.layer.\(index).")
    }

    package func block(_ index: Int) -> Block {
        switch family {
        case .bert:
            let layer = layer(index)
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
            let layer = layer(index)
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
