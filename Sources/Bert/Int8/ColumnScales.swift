// SPDX-License-Identifier: Apache-2.0

/// Factors for the input columns of linear layers that are to compute in bytes: x · Wᵀ = (x / s) · (W · s)ᵀ.
///
/// A byte's step follows from the greatest value of a row. In a BERT few columns of the hidden states are ten times as
/// great as the others, which leaves those three bits less; and where activations are great, trained weights are small.
/// With s = 1 / √(root mean square of the column's weights) both sides bear half of it. SmoothQuant (Xiao et al., 2023)
/// sets s from activations that were seen; this needs none, and measured as well on MiniLM.
struct ColumnScales: Sendable {
    /// What activations are multiplied by, 1 / s. A column without weight says nothing: 0.
    let ofActivations: FloatBuffer
    private let ofWeights: [Float]

    /// Chooses factors for layers that share an input.
    init(_ layers: LinearParameters...) {
        let inputs = layers[0].weight.count / layers[0].bias.count
        var squares = [Float](repeating: 0, count: inputs)
        for weight in layers.map(\.weight) {
            for row in stride(from: 0, to: weight.count, by: inputs) {
                for column in 0..<inputs { squares[column] += weight[row + column] * weight[row + column] }
            }
        }
        // The number of rows scales all columns alike, which the bytes' own scales take up.
        let roots = squares.map { $0.squareRoot().squareRoot() }
        ofActivations = FloatBuffer(roots)
        ofWeights = roots.map { $0 > 0 ? 1 / $0 : 1 }
    }

    /// W · s.
    func scaled(_ weight: [Float]) -> [Float] {
        var weight = weight
        for row in stride(from: 0, to: weight.count, by: ofWeights.count) {
            for column in ofWeights.indices { weight[row + column] *= ofWeights[column] }
        }
        return weight
    }
}
