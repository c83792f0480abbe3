// SPDX-License-Identifier: Apache-2.0

/// What a family calls its parameters, without `.weight` and `.bias`. Those of the encoder stand behind `prefix` where it
/// is part of a larger model.
struct ParameterTemplate: Sendable {
    /// What stands before the number of a block, and behind it.
    struct Block: Sendable {
        let layer: String
        var ofLayer = "."
        let query: String
        let key: String
        let value: String
        let attentionOutput: String
        let attentionNorm: String
        let intermediate: String
        let output: String
        let outputNorm: String
        /// What distances go through, where they have projections of their own.
        var positionKey = ""
        var positionQuery = ""
    }

    /// What a classifier or a masked LM adds to the encoder; these names have no prefix.
    struct Heads: Sendable {
        /// What a classifier reads the first token through.
        let pooler: String
        /// A norm behind that, in families that have one.
        var poolerNorm: String?
        /// Whether it is part of the encoder, and has its prefix.
        var poolerIsInEncoder = false
        let classifier: String
        let transform: String
        let norm: String
        /// The masked LM's matrix, where it is not the word embeddings.
        let decoder: String
        /// The masked LM's bias in full: as it is saved, and what else checkpoints may call it.
        let decoderBias: [String]

        /// What names of tensors begin with that only a model with a head has.
        var marks: [String] { [classifier, transform, norm, decoder].map { $0 + "." } + decoderBias }
    }

    let prefix: String
    var wordEmbeddings = "embeddings.word_embeddings"
    var positionEmbeddings = "embeddings.position_embeddings"
    var tokenTypeEmbeddings = "embeddings.token_type_embeddings"
    var embeddingsNorm = "embeddings.LayerNorm"
    /// From the embeddings' width to the blocks', in families where these may differ.
    var embeddingsProjection = ""
    /// Whether it is there where they are the same, too.
    var projectsAlways = false
    /// The table of the relative bias on attention's scores, in families that have one.
    var relativeBias = ""
    /// The table of embeddings of distances, and a norm of it, in families that have them.
    var relativeEmbeddings = ""
    var relativeNorm = ""
    /// The norm behind all blocks, in families that have one.
    var finalNorm = ""
    let block: Block
    let heads: Heads
}
