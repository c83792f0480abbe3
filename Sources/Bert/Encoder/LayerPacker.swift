// SPDX-License-Identifier: Apache-2.0

/// A linear layer as a checkpoint holds it: `weight` `[outputs, inputs]`, row-major, and `bias` `[outputs]`.
typealias LinearParameters = (weight: [Float], bias: [Float])

/// Makes the linear layers of a block for the numbers that it computes with.
protocol LayerPacker: Sendable {
    associatedtype LinearLayer: Sendable

    /// Queries, and keys with values, of one input.
    func attention(
        query: LinearParameters,
        keyValue: LinearParameters
    ) -> (query: LinearLayer, keyValue: LinearLayer)

    /// What follows on attention.
    func attentionOutput(_ parameters: LinearParameters) -> LinearLayer

    /// The two layers of the feed-forward part.
    func feedForward(_ part: FeedForward) -> (intermediate: LinearLayer, output: LinearLayer)
}

/// Packs for f32, as the numbers are.
struct FloatPacker: LayerPacker {
    let kernels: Kernels

    func attention(
        query: LinearParameters,
        keyValue: LinearParameters
    ) -> (query: Linear, keyValue: Linear) {
        (linear(query), linear(keyValue))
    }

    func attentionOutput(_ parameters: LinearParameters) -> Linear { linear(parameters) }

    func feedForward(_ part: FeedForward) -> (intermediate: Linear, output: Linear) {
        (linear(part.intermediate), linear(part.output))
    }

    private func linear(_ parameters: LinearParameters) -> Linear {
        Linear(weight: parameters.weight, bias: parameters.bias, kernels: kernels)
    }
}
