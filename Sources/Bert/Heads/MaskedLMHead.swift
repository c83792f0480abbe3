// SPDX-License-Identifier: Apache-2.0

/// Logits over the vocabulary: decoder(norm(activation(transform(x)))).
struct MaskedLMHead: Sendable {
    let transform: Linear
    let activation: Architecture.Activation
    let norm: LayerNorm
    let decoder: Linear

    /// Computes `[rows, vocabulary]` from hidden states `[rows, C]`, by way of `[rows, E]`.
    func logits(rows: Int, _ states: UnsafePointer<Float>, to logits: UnsafeMutablePointer<Float>, kernels: Kernels) {
        let transformed = FloatBuffer(reserving: rows * transform.outputs)
        transform.apply(rows: rows, states, stride: transform.inputs, to: transformed.start)
        activation.apply(rows * transform.outputs, transformed.start, kernels: kernels)
        norm.apply(rows: rows, transformed.start, residual: nil, to: transformed.start)
        decoder.apply(rows: rows, transformed.start, stride: decoder.inputs, to: logits)
    }
}
