// SPDX-License-Identifier: Apache-2.0

/// Blocks with a norm behind each part, as BERT has them, in any numbers.
final class EncoderBlocks<Numbers: BlockNumbers>: Blocks {
    private let layers: [Layer<Numbers.LinearLayer>]
    private let numbers: Numbers
    private let attention: any TextAttention
    private let width: Int
    /// `[T, C]`.
    private let query: FloatBuffer
    /// `[T, 2C]`: keys and values side by side.
    private let keyValue: FloatBuffer
    /// `[T, C]`: what the tokens attend to.
    private let context: FloatBuffer
    /// `[T, C]`: what a linear layer gives, before its norm.
    private let update: FloatBuffer

    /// Reserves scratch for `tokens` tokens at once.
    init(
        _ layers: [Layer<Numbers.LinearLayer>],
        _ architecture: Architecture,
        bias: RelativeBias?,
        tokens: Int,
        _ scratch: Scratch,
        kernels: Kernels
    ) {
        self.layers = layers
        width = architecture.width
        attention = Numbers.attention(architecture, bias: bias, scratch, kernels: kernels)
        numbers = Numbers(architecture, tokens: tokens, scratch, kernels: kernels)
        query = scratch.floats(tokens * width)
        keyValue = scratch.floats(tokens * width * 2)
        context = scratch.floats(tokens * width)
        update = scratch.floats(tokens * width)
    }

    func run(_ range: Range<Int>, _ states: HiddenStates) {
        numbers.prepare(rows: states.count, states.rows, for: layers[range.lowerBound].query)
        for index in range {
            let layer = layers[index]
            numbers.multiply(layer.query, rows: states.count, states.rows, to: query.start)
            numbers.multiply(layer.keyValue, rows: states.count, states.rows, to: keyValue.start)
            attention.apply(states, query.start, keyValue.start, of: layer.positions, to: context.start)
            finish(
                layer,
                next: index + 1 < layers.count ? layers[index + 1] : nil,
                rows: states.count,
                hidden: states.rows,
                context: context.start
            )
        }
    }

    var queries: UnsafePointer<Float> { UnsafePointer(query.start) }
    var keysAndValues: UnsafePointer<Float> { UnsafePointer(keyValue.start) }

    func attend(
        in index: Int,
        _ states: HiddenStates,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        let layer = layers[index]
        numbers.multiply(layer.keyValue, rows: states.count, states.rows, to: keyValue.start)
        states.copyFirst(to: hidden)
        numbers.prepare(rows: states.texts.count, hidden, for: layer.query)
        numbers.multiply(layer.query, rows: states.texts.count, hidden, to: query.start)
        attention.applyFirst(states, query.start, keyValue.start, of: layer.positions, to: context)
    }

    func finish(
        _ index: Int,
        rows: Int,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        finish(layers[index], next: nil, rows: rows, hidden: hidden, context: context)
    }

    /// A block from its attention on. Its rows are left ready for the next one.
    private func finish(
        _ layer: Layer<Numbers.LinearLayer>,
        next: Layer<Numbers.LinearLayer>?,
        rows: Int,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    ) {
        numbers.prepare(rows: rows, context, for: layer.attentionOutput)
        numbers.multiply(layer.attentionOutput, rows: rows, context, to: update.start)
        numbers.normalise(
            layer.attentionNorm,
            from: 0,
            rows: rows,
            update.start,
            to: hidden,
            for: layer.intermediate
        )
        for row in stride(from: 0, to: rows, by: numbers.feedForwardRows) {
            let rows = min(numbers.feedForwardRows, rows - row)
            let x = hidden + row * width
            numbers.feedForward(layer, from: row, rows: rows, x, to: update.start)
            numbers.normalise(layer.outputNorm, from: row, rows: rows, update.start, to: x, for: next?.query)
        }
    }
}
