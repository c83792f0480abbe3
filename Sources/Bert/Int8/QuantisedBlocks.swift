// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Blocks whose linear layers multiply bytes, and whose attention whole numbers of 16 bits. What stands between them is
/// f32: what a token adds to its hidden state, and its norm. Each norm leaves its rows in both forms, for the next product and for the next sum.
final class QuantisedBlocks: Blocks {
    private let layers: [Layer<QuantisedLinear>]
    private let attention: any TextAttention
    private let width: Int
    private let kernels: Kernels
    /// `[T, C]`: the hidden states, and what the tokens attend to.
    private let quantised: QuantisedBuffer
    /// `[T, C]`.
    private let query: FloatBuffer
    /// `[T, 2C]`: keys and values side by side.
    private let keyValue: FloatBuffer
    /// `[T, C]`: what the tokens attend to.
    private let context: FloatBuffer
    /// `[T, C]`: what a linear layer gives, before its norm.
    private let update: FloatBuffer
    /// `[feedForwardRows, F]`.
    private let intermediate: FloatBuffer
    private let quantisedIntermediate: QuantisedBuffer

    /// Enough rows for the weights' way from the outer caches, few enough that all that is computed stays in the
    /// second-level cache from the first block to the last.
    static let chunkTokens = 128
    /// Rows that go through the two feed-forward products together.
    private static let feedForwardRows = 48

    /// Reserves scratch for `tokens` tokens at once.
    init(
        _ layers: [Layer<QuantisedLinear>],
        _ architecture: Architecture,
        bias: RelativeBias?,
        tokens: Int,
        _ scratch: Scratch,
        kernels: Kernels
    ) {
        self.layers = layers
        self.kernels = kernels
        width = architecture.width
        // The attention of 16 bits has no place for a bias.
        attention =
            bias == nil
            ? QuantisedAttention(architecture, scratch, kernels: kernels)
            : Attention(architecture, bias: bias, scratch, kernels: kernels)
        quantised = scratch.quantised(rows: tokens, width: width)
        query = scratch.floats(tokens * width)
        keyValue = scratch.floats(tokens * width * 2)
        context = scratch.floats(tokens * width)
        update = scratch.floats(tokens * width)
        let inner = architecture.feedForwardWidth
        intermediate = scratch.floats(Self.feedForwardRows * inner)
        quantisedIntermediate = scratch.quantised(rows: Self.feedForwardRows, width: inner)
    }

    func run(layers count: Int, _ states: HiddenStates) {
        quantise(rows: states.count, states.rows, for: layers.first?.query)
        for (index, layer) in layers.prefix(count).enumerated() {
            layer.query.apply(quantised.rows, rows: states.count, to: query.start)
            layer.keyValue.apply(quantised.rows, rows: states.count, to: keyValue.start)
            attention.apply(states, query.start, keyValue.start, to: context.start)
            finish(
                layer,
                next: index + 1 < layers.count ? layers[index + 1] : nil,
                rows: states.count,
                hidden: states.rows,
                context: context.start
            )
        }
    }

    func attend(
        _ states: HiddenStates,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        run(layers: layers.count - 1, states)
        let layer = layers[layers.count - 1]
        layer.keyValue.apply(quantised.rows, rows: states.count, to: keyValue.start)
        states.copyFirst(to: hidden)
        quantise(rows: states.texts.count, hidden, for: layer.query)
        layer.query.apply(quantised.rows, rows: states.texts.count, to: query.start)
        attention.applyFirst(states, query.start, keyValue.start, to: context)
    }

    func finish(rows: Int, hidden: UnsafeMutablePointer<Float>, context: UnsafeMutablePointer<Float>) {
        finish(layers[layers.count - 1], next: nil, rows: rows, hidden: hidden, context: context)
    }

    /// A block from its attention on. Its rows are left quantised for the next one.
    private func finish(
        _ layer: Layer<QuantisedLinear>,
        next: Layer<QuantisedLinear>?,
        rows: Int,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        quantise(rows: rows, context, for: layer.attentionOutput)
        layer.attentionOutput.apply(quantised.rows, rows: rows, to: update.start)
        layer.attentionNorm.apply(
            rows: rows,
            update.start,
            residual: hidden,
            to: hidden,
            quantised: quantised.rows,
            columns: layer.intermediate.columns
        )
        let inner = layer.intermediate.outputs
        for row in stride(from: 0, to: rows, by: Self.feedForwardRows) {
            let rows = min(Self.feedForwardRows, rows - row)
            let (x, x8, inner8) = (hidden + row * width, quantised.rows.from(row), quantisedIntermediate.rows)
            layer.intermediate.applyWithGELU(x8, rows: rows, to: intermediate.start)
            inner8.quantise(rows, width: inner, intermediate.start, columns: layer.output.columns, kernels)
            layer.output.apply(inner8, rows: rows, to: update.start)
            layer.outputNorm.apply(
                rows: rows,
                update.start,
                residual: x,
                to: x,
                quantised: x8,
                columns: next?.query.columns
            )
        }
    }

    private func quantise(rows: Int, _ x: UnsafePointer<Float>, for layer: QuantisedLinear?) {
        quantised.rows.quantise(rows, width: width, x, columns: layer?.columns, kernels)
    }
}
