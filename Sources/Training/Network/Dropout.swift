// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// The random numbers of one step's dropout: a function of seed, step, place and element, so that the backward pass finds
/// the same ones, whatever thread or chunk computes them.
struct Dropout {
    /// Where in the network.
    enum Site: UInt64 {
        case embeddings
        case attentionWeights
        case attentionOutput
        case feedForward
        case classifier
        case poolerInput
    }

    let seed: UInt64
    let step: Int

    /// Names one random sequence.
    func key(_ site: Site, layer: Int = 0) -> UInt32 {
        var random = SplitMix64(seed: seed)
        random = SplitMix64(seed: random.next() ^ UInt64(step))
        random = SplitMix64(seed: random.next() ^ (UInt64(layer) << 8 | site.rawValue))
        return UInt32(truncatingIfNeeded: random.next() >> 32)
    }
}
