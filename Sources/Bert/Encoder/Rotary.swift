// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Positions that turn queries and keys (Su et al., 2021), in layers of which some look at the neighbourhood alone.
struct Rotary: Sendable, Equatable {
    /// Of each layer.
    let isLocal: [Bool]
    /// How far from a query a local layer's keys are, at most, on either side.
    let reach: Int
    /// The bases of the frequencies.
    let globalTheta: Float
    let localTheta: Float

    /// Most tokens of a text that are accepted.
    static let limit = 1 << 15
}

/// By how much each position turns each pair of a head's values: `[positions, D / 2]` cosines, and sines.
struct Rotation: Sendable {
    private let cosines: FloatBuffer
    private let sines: FloatBuffer
    private let half: Int

    /// In the same floats as in `transformers`.
    init(theta: Float, headWidth: Int, positions: Int) {
        let half = headWidth / 2
        let frequencies = (0..<half).map { 1 / powf(theta, Float(2 * $0) / Float(headWidth)) }
        func table(_ function: (Float) -> Float) -> FloatBuffer {
            FloatBuffer(count: positions * half) { values in
                for position in 0..<positions {
                    for (index, frequency) in frequencies.enumerated() {
                        values[position * half + index] = function(Float(position) * frequency)
                    }
                }
            }
        }
        (cosines, sines, self.half) = (table(cosf), table(sinf), half)
    }

    /// Turns a head's values at a position: `[D]` to `[D]`.
    func turn(_ x: UnsafePointer<Float>, at position: Int, to y: UnsafeMutablePointer<Float>) {
        let (cosine, sine) = (cosines.start + position * half, sines.start + position * half)
        for index in 0..<half {
            let (first, second) = (x[index], x[index + half])
            y[index] = first * cosine[index] - second * sine[index]
            y[index + half] = second * cosine[index] + first * sine[index]
        }
    }
}

/// What a layer's attention knows of positions.
enum LayerPositions: Sendable {
    case none
    case relative(RelativeRows)
    /// - Parameter reach: how far from a query keys are, at most; nil for all of the text.
    case rotary(Rotation, reach: Int?)
}
