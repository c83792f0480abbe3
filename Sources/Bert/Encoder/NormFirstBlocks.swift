// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Blocks whose norms stand before each part (Xiong et al., 2020): what a part adds to the hidden states is computed of their
/// norm. A layer's `attentionNorm` is what stands behind its attention, in front of the feed-forward part; its `outputNorm`
/// is that in front of the next layer, or behind them all.
final class NormFirstBlocks<Numbers: BlockNumbers>: Blocks {
    private let layers: [Layer<Numbers.LinearLayer>]
    private let numbers: Numbers
    private let attention: any TextAttention
    private let kernels: Kernels
    private let width: Int
    /// `[T, C]`: the norm of the hidden states.
    private let normed: FloatBuffer
    /// `[T, C]`.
    private let query: FloatBuffer
    /// `[T, 2C]`: keys and values side by side.
    private let keyValue: FloatBuffer
    /// `[T, C]`: what the tokens attend to.
    private let context: FloatBuffer
    /// `[T, C]`: what a part adds.
    private let update: FloatBuffer

    /// Reserves scratch for `tokens` tokens at once.
    init(
        _ layers: [Layer<Numbers.LinearLayer>],
        _ architecture: Architecture,
        tokens: Int,
        _ scratch: Scratch,
        kernels: Kernels
    ) {
        self.layers = layers
        self.kernels = kernels
        width = architecture.width
        attention = Numbers.attention(architecture, bias: nil, scratch, kernels: kernels)
        numbers = Numbers(architecture, tokens: tokens, scratch, kernels: kernels)
        normed = scratch.floats(tokens * width)
        query = scratch.floats(tokens * width)
        keyValue = scratch.floats(tokens * width * 2)
        context = scratch.floats(tokens * width)
        update = scratch.floats(tokens * width)
    }

    var queries: UnsafePointer<Float> { UnsafePointer(query.start) }
    var keysAndValues: UnsafePointer<Float> { UnsafePointer(keyValue.start) }

    func run(_ range: Range<Int>, _ states: HiddenStates) {
        precondition(range.lowerBound == 0, "what stands between layers lacks its norm, and is not taken up again")
        normed.start.update(from: states.rows, count: states.count * width)
        for layer in layers[range] {
            numbers.prepare(rows: states.count, normed.start, for: layer.query)
            numbers.multiply(layer.query, rows: states.count, normed.start, to: query.start)
            numbers.multiply(layer.keyValue, rows: states.count, normed.start, to: keyValue.start)
            attention.apply(states, query.start, keyValue.start, of: layer.positions, to: context.start)
            finish(layer, rows: states.count, hidden: states.rows, context: context.start)
        }
        // Behind the last layer hidden states are normed; between layers they are as they are.
        if range.upperBound == layers.count { states.rows.update(from: normed.start, count: states.count * width) }
    }

    func attend(
        in index: Int,
        _ states: HiddenStates,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        let layer = layers[index]
        numbers.prepare(rows: states.count, normed.start, for: layer.keyValue)
        numbers.multiply(layer.keyValue, rows: states.count, normed.start, to: keyValue.start)
        let first = HiddenStates(texts: states.texts, starts: states.starts, rows: normed.start, width: width)
        first.copyFirst(to: hidden)
        numbers.prepare(rows: states.texts.count, hidden, for: layer.query)
        numbers.multiply(layer.query, rows: states.texts.count, hidden, to: query.start)
        attention.applyFirst(states, query.start, keyValue.start, of: layer.positions, to: context)
        states.copyFirst(to: hidden)
    }

    func finish(
        _ index: Int,
        rows: Int,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        finish(layers[index], rows: rows, hidden: hidden, context: context)
        hidden.update(from: normed.start, count: rows * width)
    }

    /// A block from its attention on: `hidden[rows, C]` in place, and their norm to `normed`.
    private func finish(
        _ layer: Layer<Numbers.LinearLayer>,
        rows: Int,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        let training = kernels.table.pointee.training.pointee
        numbers.prepare(rows: rows, context, for: layer.attentionOutput)
        numbers.multiply(layer.attentionOutput, rows: rows, context, to: update.start)
        training.add(rows * width, update.start, hidden)
        layer.attentionNorm.apply(rows: rows, hidden, residual: nil, to: normed.start)
        numbers.prepare(rows: rows, normed.start, for: layer.intermediate)
        for row in stride(from: 0, to: rows, by: numbers.feedForwardRows) {
            let rows = min(numbers.feedForwardRows, rows - row)
            let place = row * width
            numbers.feedForward(layer, from: row, rows: rows, normed.start + place, to: update.start)
            training.add(rows * width, update.start, hidden + place)
        }
        layer.outputNorm.apply(rows: rows, hidden, residual: nil, to: normed.start)
    }
}
