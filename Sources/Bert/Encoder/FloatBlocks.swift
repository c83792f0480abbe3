// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Blocks that compute in f32 throughout.
final class FloatBlocks: Blocks {
    private let layers: [Layer<Linear>]
    private let attention: Attention
    private let width: Int
    private let kernels: Kernels
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

    /// Enough rows that the weights, read once a chunk, cost little beside the arithmetic.
    static let chunkTokens = 1024
    /// Rows that go through the two feed-forward products together: few enough that `intermediate` stays in the cache.
    private static let feedForwardRows = 96

    /// Reserves scratch for `tokens` tokens at once.
    init(
        _ layers: [Layer<Linear>],
        _ architecture: Architecture,
        bias: RelativeBias?,
        tokens: Int,
        _ scratch: Scratch,
        kernels: Kernels
    ) {
        self.layers = layers
        self.kernels = kernels
        width = architecture.width
        attention = Attention(architecture, bias: bias, scratch, kernels: kernels)
        query = scratch.floats(tokens * width)
        keyValue = scratch.floats(tokens * width * 2)
        context = scratch.floats(tokens * width)
        update = scratch.floats(tokens * width)
        intermediate = scratch.floats(Self.feedForwardRows * architecture.feedForwardWidth)
    }

    func run(layers count: Int, _ states: HiddenStates) {
        for layer in layers.prefix(count) {
            layer.query.apply(rows: states.count, states.rows, stride: width, to: query.start)
            layer.keyValue.apply(rows: states.count, states.rows, stride: width, to: keyValue.start)
            attention.apply(states, query.start, keyValue.start, to: context.start)
            finish(layer, rows: states.count, hidden: states.rows, context: context.start)
        }
    }

    func attend(
        _ states: HiddenStates,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        run(layers: layers.count - 1, states)
        let layer = layers[layers.count - 1]
        states.copyFirst(to: hidden)
        layer.query.apply(rows: states.texts.count, hidden, stride: width, to: query.start)
        layer.keyValue.apply(rows: states.count, states.rows, stride: width, to: keyValue.start)
        attention.applyFirst(states, query.start, keyValue.start, to: context)
    }

    func finish(rows: Int, hidden: UnsafeMutablePointer<Float>, context: UnsafeMutablePointer<Float>) {
        finish(layers[layers.count - 1], rows: rows, hidden: hidden, context: context)
    }

    /// A block from its attention on.
    private func finish(
        _ layer: Layer<Linear>,
        rows: Int,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        layer.attentionOutput.apply(rows: rows, context, stride: width, to: update.start)
        layer.attentionNorm.apply(rows: rows, update.start, residual: hidden, to: hidden)
        for row in stride(from: 0, to: rows, by: Self.feedForwardRows) {
            let rows = min(Self.feedForwardRows, rows - row)
            let x = hidden + row * width
            layer.intermediate.apply(rows: rows, x, stride: width, to: intermediate.start)
            kernels.table.pointee.gelu_f32(rows * layer.intermediate.outputs, intermediate.start)
            layer.output.apply(rows: rows, intermediate.start, stride: layer.output.inputs, to: update.start)
            layer.outputNorm.apply(rows: rows, update.start, residual: x, to: x)
        }
    }
}
