// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// Teaches labels: classifier(dropout(activation(pooler(first token)))) with cross-entropy, and a teacher's logits with
/// the divergence from them.
final class ClassificationHead: TrainingHead {
    struct Targets {
        /// Of each text; nil where only the teacher knows.
        var labels: [Int?]
        /// `[K]`: what an example of each label weighs.
        var classWeights: [Float]
        var teacher: Teacher?

        /// What a teacher says of the texts.
        struct Teacher {
            /// `[texts, K]`; those of a text whose share is 0 mean nothing.
            var logits: [Float]
            /// What the teacher's loss weighs for each text, from 0 to 1; a text without a label has no other.
            var shares: [Float]
            var temperature: Float
        }
    }

    private let replica: Replica
    private let network: Network
    private let pooler: PackedLinear
    private let classifier: PackedLinear
    /// `[texts, C]` each.
    private let first: FloatBuffer
    private let inner: FloatBuffer
    private let pooled: FloatBuffer
    private let dropped: FloatBuffer
    private let gradient: FloatBuffer
    /// `[texts, K]` each.
    private let logits: FloatBuffer
    private let dLogits: FloatBuffer

    /// Reserves memory for chunks of up to `capacity` tokens.
    init(replica: Replica, capacity: Int) {
        guard case .classifier(let pooler, let classifier) = replica.network.head else {
            preconditionFailure("a classification head is for networks with a classifier")
        }
        self.replica = replica
        network = replica.network
        self.pooler = pooler
        self.classifier = classifier
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
    func logits(_ chunk: Chunk, hidden: UnsafePointer<Float>, dropout: Dropout?) -> UnsafePointer<Float> {
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
        return UnsafePointer(logits.start)
    }

    var teachesAttention: Bool { false }

    func losses(
        _ chunk: Chunk,
        _ targets: Targets,
        _ block: LastBlock,
        dropout: Dropout?,
        to gradients: LastBlockGradient
    ) -> Losses {
        let (rows, width) = (chunk.texts.count, network.architecture.width)
        let logits = logits(chunk, hidden: block.hidden, dropout: dropout)
        let losses = losses(chunk, targets, logits)
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
        gradients.hidden.update(repeating: 0, count: chunk.tokens.ids.count * width)
        for text in chunk.texts.indices {
            (gradients.hidden + chunk.tokens.starts[text] * width).update(
                from: dropped.start + text * width,
                count: width
            )
        }
        return losses
    }

    /// Writes the gradient of the logits.
    private func losses(_ chunk: Chunk, _ targets: Targets, _ logits: UnsafePointer<Float>) -> Losses {
        let training = network.kernels.table.pointee.training.pointee
        let labels = classifier.place.outputs
        let count = Float(targets.labels.count)
        // A weighted mean over the texts with a label, as PyTorch's cross-entropy has it.
        let labelWeight = targets.labels.reduce(Float(0)) { sum, label in
            sum + (label.map { targets.classWeights[$0] } ?? 0)
        }
        var losses = Losses()
        dLogits.start.update(repeating: 0, count: chunk.texts.count * labels)
        for (row, text) in chunk.texts.enumerated() {
            let (x, dx) = (logits + row * labels, dLogits.start + row * labels)
            let teacherShare = targets.teacher?.shares[text] ?? 0
            if let label = targets.labels[text], teacherShare < 1 {
                let share = targets.classWeights[label] / labelWeight
                let loss = training.cross_entropy(labels, x, label, share * (1 - teacherShare), dx)
                losses.classification += Double(loss * share)
                losses.total += Double(loss * share * (1 - teacherShare))
            }
            if let teacher = targets.teacher, teacherShare > 0 {
                let temperature = teacher.temperature
                let weight = teacherShare * temperature / count
                let loss = teacher.logits.withUnsafeBufferPointer { logits in
                    logits.baseAddress.map {
                        training.divergence(labels, 1 / temperature, x, $0 + text * labels, weight, dx)
                    } ?? 0
                }
                losses.distillation += Double(loss * temperature * temperature / count)
                losses.total += Double(loss * temperature * weight)
            }
        }
        return losses
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
        let key = dropout.key(site)
        for (row, text) in chunk.texts.enumerated() {
            let first = UInt32(truncatingIfNeeded: text * width)
            let start = row * width
            network.kernels.table.pointee.training.pointee.dropout(width, rate, key, first, x + start, y + start)
        }
        return UnsafePointer(y)
    }
}
