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

/// Packs for bytes. What comes from a layer norm has outlying columns, which scales of the columns even out; what comes
/// from GELU has outlying weights, which are set apart.
struct QuantisedPacker: LayerPacker {
    let kernels: Kernels

    func attention(
        query: LinearParameters,
        keyValue: LinearParameters
    ) -> (query: QuantisedLinear, keyValue: QuantisedLinear) {
        let columns = ColumnScales(query, keyValue)
        return (linear(query, columns: columns), linear(keyValue, columns: columns))
    }

    func attentionOutput(_ parameters: LinearParameters) -> QuantisedLinear { linear(parameters) }

    func feedForward(_ part: FeedForward) -> (intermediate: QuantisedLinear, output: QuantisedLinear) {
        let ordered = part.outliersLast()
        let inner = ordered.intermediate.bias.count
        let columns = ColumnScales(ordered.intermediate)
        return (
            linear(ordered.intermediate, columns: columns),
            linear(ordered.output, apart: FeedForward.apart(of: inner))
        )
    }

    private func linear(
        _ parameters: LinearParameters,
        columns: ColumnScales? = nil,
        apart: Int = 0
    ) -> QuantisedLinear {
        QuantisedLinear(
            weight: parameters.weight,
            bias: parameters.bias,
            columns: columns,
            apart: apart,
            kernels: kernels
        )
    }
}
