// SPDX-License-Identifier: Apache-2.0

/// How an encoder differs from BERT's in what `config.json` decides: where positions come in, what attention is like, and
/// where norms stand.
struct EncoderPlan: Sendable, Equatable {
    /// Where the embeddings have positions.
    enum Positions: Sendable {
        /// A row for each.
        case embeddings
        /// Nowhere: attention alone looks at them.
        case none
    }

    enum Attention: Sendable, Equatable {
        /// Between words alone, or with a bias by distance.
        case plain
        case disentangled(Disentangled)
        case rotary(Rotary)
    }

    /// What is known of a model when its plan is made.
    struct Sizes {
        let task: Architecture.Task
        let width: Int
        let heads: Int
        let layers: Int
        let positions: Int
    }

    var positions = Positions.embeddings
    var attention = Attention.plain
    /// Whether norms stand before attention and before the feed-forward part, and a last one behind all; else behind each.
    var normsFirst = false
    /// Which linear layers and norms have biases.
    var biases = Biases()
    /// Whether the feed-forward part is gated: half of its inner values are multiplied by the other half.
    var isGated = false
    /// What a classifier reads of a text.
    var pooling = Pooling.first

    /// What a classifier reads.
    enum Pooling: Sendable {
        /// The first token.
        case first
        /// The mean over all tokens.
        case mean
    }

    struct Biases: Sendable, Equatable {
        var attention = true
        var feedForward = true
        var norms = true
        var pooler = true
        var decoder = true
    }
}
