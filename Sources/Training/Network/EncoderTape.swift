// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// Runs one chunk at a time through the blocks, keeps what the way back needs, and goes back. Belongs to one thread.
final class EncoderTape {
    private let replica: Replica
    private let attention: AttentionTape
    private let network: Network
    /// `[T, E]`: the sum of the embeddings, before their norm, and after it where they are projected then.
    private let embedded: FloatBuffer
    private let projected: (linear: PackedLinear, input: FloatBuffer)?
    /// `[T, C]`: what each block reads, and after the last, what it wrote.
    private let hidden: [FloatBuffer]
    private let layers: [LayerTape]
    /// `[T, C]` and `[T, max(3C, F, E)]`: gradients on their way.
    private let gradient: FloatBuffer
    private let wide: FloatBuffer
    private let dropped: FloatBuffer

    /// What one block keeps.
    private struct LayerTape {
        /// `[T, 3C]`.
        let queryKeyValue: FloatBuffer
        /// Softmax's results before dropout, text by text and head by head.
        let weights: FloatBuffer
        /// `[T, C]`: attention's result.
        let context: FloatBuffer
        /// `[T, C]`: attention's output and the block's input, before the norm.
        let attended: FloatBuffer
        /// `[T, C]`: after that norm.
        let middle: FloatBuffer
        /// `[T, F]`: before the activation, and after.
        let inner: FloatBuffer
        let activated: FloatBuffer
        /// `[T, C]`: the feed-forward's output and `middle`, before the norm.
        let summed: FloatBuffer
    }

    /// Reserves memory for chunks of up to `capacity` tokens.
    init(replica: Replica, capacity: Int) {
        let architecture = replica.network.architecture
        let width = architecture.width
        let inner = architecture.feedForwardWidth
        self.replica = replica
        network = replica.network
        attention = AttentionTape(replica: replica, longest: min(capacity, architecture.positions))
        let narrow = architecture.embeddingWidth
        embedded = FloatBuffer(reserving: capacity * narrow)
        projected = replica.network.embeddingsProjection.map { ($0, FloatBuffer(reserving: capacity * narrow)) }
        hidden = (0...architecture.layers).map { _ in FloatBuffer(reserving: capacity * width) }
        layers = (0..<architecture.layers).map { _ in
            LayerTape(
                queryKeyValue: FloatBuffer(reserving: capacity * width * 3),
                weights: FloatBuffer(
                    reserving: AttentionTape.weightCount(
                        tokens: capacity,
                        longest: min(capacity, architecture.positions),
                        heads: architecture.heads
                    )
                ),
                context: FloatBuffer(reserving: capacity * width),
                attended: FloatBuffer(reserving: capacity * width),
                middle: FloatBuffer(reserving: capacity * width),
                inner: FloatBuffer(reserving: capacity * inner),
                activated: FloatBuffer(reserving: capacity * inner),
                summed: FloatBuffer(reserving: capacity * width)
            )
        }
        gradient = FloatBuffer(reserving: capacity * width)
        dropped = FloatBuffer(reserving: capacity * width)
        wide = FloatBuffer(reserving: capacity * max(3 * width, inner, narrow))
    }

    /// Runs a chunk through the blocks; what the last one computed is valid until the next.
    ///
    /// - Parameter dropout: nil where nothing is to be dropped.
    func forward(_ chunk: Chunk, dropout: Dropout?) -> LastBlock {
        let rows = chunk.tokens.ids.count
        let activation = network.architecture.activation
        embed(chunk)
        let states = projected?.input.start ?? hidden[0].start
        replica.forward(network.layout.embeddingsNorm, rows: rows, embedded.start, to: states)
        drop(.embeddings, 0, chunk, dropout, states, width: network.architecture.embeddingWidth)
        if let projected { replica.forward(projected.linear, rows: rows, states, to: hidden[0].start) }
        let bias = attention.bias(for: chunk)
        for (index, tape) in layers.enumerated() {
            let block = network.architecture.block(ofLayer: index)
            let (layer, places) = (network.blocks[block], network.layout.blocks[block])
            let input = hidden[index].start
            replica.forward(layer.queryKeyValue, rows: rows, input, to: tape.queryKeyValue.start)
            attention.forward(
                chunk,
                qkv: tape.queryKeyValue.start,
                bias: bias,
                weights: tape.weights.start,
                to: tape.context.start,
                dropout: dropout?.key(.attentionWeights, layer: index)
            )
            replica.forward(layer.attentionOutput, rows: rows, tape.context.start, to: tape.attended.start)
            drop(.attentionOutput, index, chunk, ofAttention(dropout), tape.attended.start)
            add(rows, input, to: tape.attended.start)
            replica.forward(places.attentionNorm, rows: rows, tape.attended.start, to: tape.middle.start)

            replica.forward(layer.intermediate, rows: rows, tape.middle.start, to: tape.inner.start)
            let innerCount = rows * layer.intermediate.place.outputs
            tape.activated.start.update(from: tape.inner.start, count: innerCount)
            activation.apply(innerCount, tape.activated.start, kernels: network.kernels)
            replica.forward(layer.output, rows: rows, tape.activated.start, to: tape.summed.start)
            drop(.feedForward, index, chunk, ofFeedForward(dropout), tape.summed.start)
            add(rows, tape.middle.start, to: tape.summed.start)
            replica.forward(places.outputNorm, rows: rows, tape.summed.start, to: hidden[index + 1].start)
        }
        return LastBlock(
            hidden: hidden[layers.count].start,
            queryKeyValue: layers[layers.count - 1].queryKeyValue.start,
            early: network.architecture.earlyExit.map { UnsafePointer(hidden[$0.layer].start) }
        )
    }

    /// Adds the gradients of all parameters of embeddings and blocks.
    ///
    /// - Parameters:
    ///   - chunk: the chunk of the last `forward`.
    ///   - end: the gradients by what the last block computed.
    func backward(_ chunk: Chunk, _ end: LastBlockGradient, dropout: Dropout?) {
        let rows = chunk.tokens.ids.count
        let count = rows * network.architecture.width
        let training = network.kernels.table.pointee.training.pointee
        let activation = network.architecture.activation
        let dx = gradient.start
        dx.update(from: end.hidden, count: count)
        for index in layers.indices.reversed() {
            let block = network.architecture.block(ofLayer: index)
            let (layer, places, tape) = (network.blocks[block], network.layout.blocks[block], layers[index])
            if let early = end.early, index + 1 == network.architecture.earlyExit?.layer {
                training.add(count, early, dx)
            }
            // dx is the gradient of the block's output; each norm turns it into that of its residual sum.
            replica.backward(places.outputNorm, rows: rows, tape.summed.start, dx)
            let dOutput = dropped(.feedForward, index, chunk, ofFeedForward(dropout), dx)
            let dInner = wide.start
            replica.backward(layer.output, rows: rows, tape.activated.start, dOutput, .written(dInner))
            let innerCount = rows * layer.intermediate.place.outputs
            activation.multiplyByDerivative(innerCount, at: tape.inner.start, dInner, kernels: network.kernels)
            replica.backward(layer.intermediate, rows: rows, tape.middle.start, dInner, .added(dx))

            replica.backward(places.attentionNorm, rows: rows, tape.attended.start, dx)
            let dAttended = dropped(.attentionOutput, index, chunk, ofAttention(dropout), dx)
            // `middle` is read for the last time above; its memory takes the gradient of the context.
            let dContext = tape.middle.start
            replica.backward(layer.attentionOutput, rows: rows, tape.context.start, dAttended, .written(dContext))
            let dQueryKeyValue = wide.start
            attention.backward(
                chunk,
                qkv: tape.queryKeyValue.start,
                weights: tape.weights.start,
                dContext: dContext,
                to: dQueryKeyValue,
                dropout: dropout?.key(.attentionWeights, layer: index)
            )
            if index == layers.count - 1, let more = end.queryKeyValue { training.add(3 * count, more, dQueryKeyValue) }
            replica.backward(layer.queryKeyValue, rows: rows, hidden[index].start, dQueryKeyValue, .added(dx))
        }
        var dEmbedded = dx
        if let projected {
            dEmbedded = wide.start
            replica.backward(projected.linear, rows: rows, projected.input.start, dx, .written(dEmbedded))
        }
        drop(.embeddings, 0, chunk, dropout, dEmbedded, width: network.architecture.embeddingWidth)
        replica.backward(network.layout.embeddingsNorm, rows: rows, embedded.start, dEmbedded)
        addEmbeddingGradients(chunk, dEmbedded)
    }

    private func embed(_ chunk: Chunk) {
        let width = network.architecture.embeddingWidth
        let layout = network.layout
        let types = layout.types.map { network.pointer($0) }
        for text in chunk.texts.indices {
            var rows = PositionRows(paddingID: network.architecture.paddingID)
            for row in chunk.tokens.starts[text]..<chunk.tokens.starts[text + 1] {
                let id = chunk.tokens.ids[row]
                let word = network.pointer(layout.words + Int(id) * width)
                let position = network.pointer(layout.positions + rows.next(for: id) * width)
                let sum = embedded.start + row * width
                for column in 0..<width { sum[column] = word[column] + position[column] + (types?[column] ?? 0) }
            }
        }
    }

    /// - Parameter dx: `[T, E]`.
    private func addEmbeddingGradients(_ chunk: Chunk, _ dx: UnsafePointer<Float>) {
        let width = network.architecture.embeddingWidth
        let training = network.kernels.table.pointee.training.pointee
        for text in chunk.texts.indices {
            var rows = PositionRows(paddingID: network.architecture.paddingID)
            let positions = replica.gradient(at: network.layout.positions)
            for row in chunk.tokens.starts[text]..<chunk.tokens.starts[text + 1] {
                training.add(width, dx + row * width, positions + rows.next(for: chunk.tokens.ids[row]) * width)
            }
        }
        // A single text's tokens are all of the first type.
        if let types = network.layout.types {
            training.add_rows(chunk.tokens.ids.count, width, dx, width, replica.gradient(at: types))
        }
        replica.addEmbeddings(chunk.tokens.ids, dx)
    }

    /// The dropout of attention's output and of the feed-forward's, which not every family has.
    private func ofAttention(_ dropout: Dropout?) -> Dropout? {
        network.architecture.plan.dropout.dropsAttentionOutput ? dropout : nil
    }

    private func ofFeedForward(_ dropout: Dropout?) -> Dropout? {
        network.architecture.plan.dropout.dropsFeedForward ? dropout : nil
    }

    private func add(_ rows: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
        network.kernels.table.pointee.training.pointee.add(rows * network.architecture.width, x, y)
    }

    /// Drops elements of `x[T, width]` in place, or where no width is given `[T, C]`.
    private func drop(
        _ site: Dropout.Site,
        _ layer: Int,
        _ chunk: Chunk,
        _ dropout: Dropout?,
        _ x: UnsafeMutablePointer<Float>,
        width: Int? = nil
    ) {
        guard let dropout, network.dropout.hidden > 0 else { return }
        drop(dropout.key(site, layer: layer), chunk, x, to: x, width: width ?? network.architecture.width)
    }

    /// `x[T, C]` with the dropped elements zero: x itself where nothing is dropped.
    private func dropped(
        _ site: Dropout.Site,
        _ layer: Int,
        _ chunk: Chunk,
        _ dropout: Dropout?,
        _ x: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        guard let dropout, network.dropout.hidden > 0 else { return UnsafePointer(x) }
        drop(dropout.key(site, layer: layer), chunk, x, to: dropped.start, width: network.architecture.width)
        return UnsafePointer(dropped.start)
    }

    private func drop(
        _ key: UInt32,
        _ chunk: Chunk,
        _ x: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>,
        width: Int
    ) {
        let training = network.kernels.table.pointee.training.pointee
        for text in chunk.texts.indices {
            let start = chunk.tokens.starts[text] * width
            let first = UInt32(truncatingIfNeeded: chunk.firstRows[text] * width)
            let count = chunk.tokens.length(of: text) * width
            training.dropout(count, network.dropout.hidden, key, first, x + start, y + start)
        }
    }
}
