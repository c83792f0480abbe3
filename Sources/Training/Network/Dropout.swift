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

/// Steele, Lea and Flood's generator (OOPSLA 2014), small enough to be made anew wherever one is needed.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
