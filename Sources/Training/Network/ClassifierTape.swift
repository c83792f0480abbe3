// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// A classifier there and back: classifier(dropout(activation(pooler(first token)))). Belongs to one thread.
final class ClassifierTape {
    private let replica: Replica
    private let network: Network
    private let pooler: PackedLinear
    private let classifier: PackedLinear
    /// Whose states it reads, for dropout to tell an early exit from the end; 0 for the end.
    private let layer: Int
    /// `[texts, C]` each.
    private let first: FloatBuffer
    private let inner: FloatBuffer
    private let pooled: FloatBuffer
    private let dropped: FloatBuffer
    private let gradient: FloatBuffer
    /// `[texts, K]` each.
    private let logits: FloatBuffer
    let dLogits: FloatBuffer

    /// Reserves memory for chunks of up to `capacity` tokens.
    init(_ pooler: PackedLinear, _ classifier: PackedLinear, layer: Int = 0, replica: Replica, capacity: Int) {
        self.replica = replica
        network = replica.network
        self.pooler = pooler
        self.classifier = classifier
        self.layer = layer
        let width = network.architecture.width
        first = FloatBuffer(reserving: capacity * width)
        inner = FloatBuffer(reserving: capacity * width)
        pooled = FloatBuffer(reserving: capacity * width)
        dropped = FloatBuffer(reserving: capacity * width)
        gradient = FloatBuffer(reserving: capacity * width)
        logits = FloatBuffer(reserving: capacity * classifier.place.outputs)
        dLogits = FloatBuffer(reserving: capacity * classifier.place.outputs)
    }

    /// Whether elements of the first tokens' states are dropped, too.
    private var dropsInput: Bool { network.architecture.plan.dropout.dropsPoolerInput }

    /// The logits `[texts, K]` of a chunk, valid until the next.
    ///
    /// - Parameter hidden: `[T, C]`.
    func forward(
        _ chunk: Chunk,
        hidden: UnsafePointer<Float>,
        dropout: Dropout?
    ) -> UnsafeMutablePointer<Float> {
        let (rows, width) = (chunk.texts.count, network.architecture.width)
        for text in chunk.texts.indices {
            (first.start + text * width).update(from: hidden + chunk.tokens.starts[text] * width, count: width)
        }
        if dropsInput { _ = drop(.poolerInput, chunk, dropout, first.start, to: first.start) }
        replica.forward(pooler, rows: rows, first.start, to: inner.start)
        pooled.start.update(from: inner.start, count: rows * width)
        network.architecture.plan.poolerActivation.apply(rows * width, pooled.start, kernels: network.kernels)
        let input = drop(.classifier, chunk, dropout, pooled.start, to: dropped.start)
        replica.forward(classifier, rows: rows, input, to: logits.start)
        return logits.start
    }

    /// Adds the gradients of the parameters, and writes those by the hidden states `[T, C]`, from `dLogits`, after `forward`.
    func backward(_ chunk: Chunk, dropout: Dropout?, to dHidden: UnsafeMutablePointer<Float>) {
        let (rows, width) = (chunk.texts.count, network.architecture.width)
        let input = drop(.classifier, chunk, dropout, pooled.start, to: dropped.start)
        replica.backward(classifier, rows: rows, input, dLogits.start, .written(gradient.start))
        _ = drop(.classifier, chunk, dropout, gradient.start, to: gradient.start)
        let activation = network.architecture.plan.poolerActivation
        activation.multiplyByDerivative(
            rows * width,
            at: inner.start,
            pooled.start,
            gradient.start,
            kernels: network.kernels
        )
        // `dropped` is read for the last time above; its memory takes the gradient of the first tokens' states.
        replica.backward(pooler, rows: rows, first.start, gradient.start, .written(dropped.start))
        if dropsInput { _ = drop(.poolerInput, chunk, dropout, dropped.start, to: dropped.start) }
        dHidden.update(repeating: 0, count: chunk.tokens.ids.count * width)
        for text in chunk.texts.indices {
            (dHidden + chunk.tokens.starts[text] * width).update(from: dropped.start + text * width, count: width)
        }
    }

    /// Drops elements of x `[texts, C]`; returns x where nothing is dropped.
    private func drop(
        _ site: Dropout.Site,
        _ chunk: Chunk,
        _ dropout: Dropout?,
        _ x: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        let rate = network.dropout.classifier
        guard let dropout, rate > 0 else { return x }
        let width = network.architecture.width
        let key = dropout.key(site, layer: layer)
        for (row, text) in chunk.texts.enumerated() {
            let first = UInt32(truncatingIfNeeded: text * width)
            let start = row * width
            network.kernels.table.pointee.training.pointee.dropout(width, rate, key, first, x + start, y + start)
        }
        return UnsafePointer(y)
    }
}
