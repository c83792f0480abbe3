// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Normally distributed random numbers of mean 0 and variance 1, by Box and Muller's transform (1958).
struct GaussianNumbers {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> Float {
        let radius = (-2 * log(Double.random(in: .leastNormalMagnitude..<1, using: &random))).squareRoot()
        return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random)))
    }
}
