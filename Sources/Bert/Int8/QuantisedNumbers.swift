// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Bytes in the linear layers and in attention. Each norm leaves its rows in both forms, for the next product and for the
/// next sum.
struct QuantisedNumbers: BlockNumbers {
    private let width: Int
    private let activation: Architecture.Activation
    private let kernels: Kernels
    /// `[T, C]`: what is multiplied next.
    private let quantised: QuantisedBuffer
    private let isGated: Bool
    /// `[feedForwardRows, F]`, or twice as wide where it is gated.
    private let intermediate: FloatBuffer
    private let quantisedIntermediate: QuantisedBuffer

    /// Enough rows for the weights' way from the outer caches, few enough that all that is computed stays in the
    /// second-level cache from the first block to the last.
    static let chunkTokens = 128
    /// Weights up to this size stay in the second-level cache from one block of rows to the next. Larger ones each block
    /// brings from the outer caches again, which costs more than inner values do that no longer fit.
    private static let cachedWeights = 2 << 20
    let feedForwardRows: Int

    init(_ architecture: Architecture, tokens: Int, _ scratch: Scratch, kernels: Kernels) {
        self.kernels = kernels
        width = architecture.width
        activation = architecture.activation
        quantised = scratch.quantised(rows: tokens, width: width)
        let inner = architecture.feedForwardWidth
        isGated = architecture.encoder.isGated
        feedForwardRows = 2 * width * inner > Self.cachedWeights ? Self.chunkTokens : 48
        intermediate = scratch.floats(feedForwardRows * inner * (isGated ? 2 : 1))
        quantisedIntermediate = scratch.quantised(rows: feedForwardRows, width: inner)
    }

    static func attention(
        _ architecture: Architecture,
        bias: RelativeBias?,
        _ scratch: Scratch,
        kernels: Kernels
    ) -> any TextAttention {
        // The attention in bytes knows scores of words alone.
        bias == nil && architecture.encoder.attention == .plain
            ? QuantisedAttention(architecture, scratch, kernels: kernels)
            : FloatNumbers.attention(architecture, bias: bias, scratch, kernels: kernels)
    }

    func prepare(rows: Int, _ x: UnsafePointer<Float>, for layer: QuantisedLinear?) {
        quantised.rows.quantise(rows, width: width, x, columns: layer?.columns, kernels)
    }

    func multiply(
        _ layer: QuantisedLinear,
        rows: Int,
        _ x: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) {
        layer.apply(quantised.rows, rows: rows, to: y)
    }

    func feedForward(
        _ layer: Layer<QuantisedLinear>,
        from row: Int,
        rows: Int,
        _ x: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) {
        let inner = quantisedIntermediate.rows
        let width = layer.output.inputs
        if isGated {
            layer.intermediate.apply(quantised.rows.from(row), rows: rows, to: intermediate.start)
            activation.applyGated(rows: rows, width: width, intermediate.start, kernels: kernels)
        } else if activation == .gelu {
            layer.intermediate.applyWithGELU(quantised.rows.from(row), rows: rows, to: intermediate.start)
        } else {
            layer.intermediate.apply(quantised.rows.from(row), rows: rows, to: intermediate.start)
            activation.apply(rows * width, intermediate.start, kernels: kernels)
        }
        inner.quantise(rows, width: width, intermediate.start, columns: layer.output.columns, kernels)
        layer.output.apply(inner, rows: rows, to: y)
    }

    func normalise(
        _ norm: LayerNorm,
        from row: Int,
        rows: Int,
        _ update: UnsafePointer<Float>,
        to x: UnsafeMutablePointer<Float>,
        for layer: QuantisedLinear?
    ) {
        let ready = quantised.rows.from(row)
        norm.apply(rows: rows, update, residual: x, to: x, quantised: ready, columns: layer?.columns)
    }
}
