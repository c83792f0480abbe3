// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// Teaches labels by cross-entropy, and a teacher's logits by the divergence from them: behind the last layer, and at an early
/// exit, whose losses weigh as much as the share of the layers that it stands on (Zhou et al., "BERT Loses Patience", 2020,
/// arXiv 2006.04152).
final class ClassificationHead: TrainingHead {
    struct Targets {
        /// Of each text; nil where only the teacher knows.
        var labels: [Int?]
        /// `[K]`: what an example of each label weighs.
        var classWeights: [Float]
        /// `[texts, K]`: what the losses add to the logits; nil for nothing.
        var adjustments: [Float]?
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

    private let network: Network
    private let last: ClassifierTape
    private let early: (tape: ClassifierTape, weight: Float)?

    /// Reserves memory for chunks of up to `capacity` tokens.
    init(replica: Replica, capacity: Int) {
        guard case .classifier(let pooler, let classifier) = replica.network.head else {
            preconditionFailure("a classification head is for networks with a classifier")
        }
        network = replica.network
        last = ClassifierTape(pooler, classifier, replica: replica, capacity: capacity)
        let architecture = network.architecture
        early = architecture.earlyExit.flatMap { exit in
            replica.network.earlyExit.map { pooler, classifier in
                let tape = ClassifierTape(pooler, classifier, layer: exit.layer, replica: replica, capacity: capacity)
                return (tape, Float(exit.layer) / Float(architecture.layers))
            }
        }
    }

    /// The logits `[texts, K]` of a chunk, valid until the next.
    func logits(_ chunk: Chunk, _ block: LastBlock) -> UnsafePointer<Float> {
        UnsafePointer(last.forward(chunk, hidden: block.hidden, dropout: nil))
    }

    /// The same at the early exit; nil without one.
    func earlyLogits(_ chunk: Chunk, _ block: LastBlock) -> UnsafePointer<Float>? {
        guard let early, let hidden = block.early else { return nil }
        return UnsafePointer(early.tape.forward(chunk, hidden: hidden, dropout: nil))
    }

    var teachesAttention: Bool { false }

    func losses(
        _ chunk: Chunk,
        _ targets: Targets,
        _ block: LastBlock,
        dropout: Dropout?,
        to gradients: LastBlockGradient
    ) -> Losses {
        let logits = last.forward(chunk, hidden: block.hidden, dropout: dropout)
        var losses = losses(chunk, targets, logits, weight: 1, to: last.dLogits.start)
        last.backward(chunk, dropout: dropout, to: gradients.hidden)
        if let early, let hidden = block.early, let gradient = gradients.early {
            let logits = early.tape.forward(chunk, hidden: hidden, dropout: dropout)
            let own = self.losses(chunk, targets, logits, weight: early.weight, to: early.tape.dLogits.start)
            early.tape.backward(chunk, dropout: dropout, to: gradient)
            losses.earlyExit = own.total / Double(early.weight)
            losses.total += own.total
        }
        return losses
    }

    /// Writes the gradient of `weight` times the loss by logits `[texts, K]`, to which the adjustments are added first.
    private func losses(
        _ chunk: Chunk,
        _ targets: Targets,
        _ logits: UnsafeMutablePointer<Float>,
        weight: Float,
        to dLogits: UnsafeMutablePointer<Float>
    ) -> Losses {
        let training = network.kernels.table.pointee.training.pointee
        let labels = network.architecture.labels.count
        let count = Float(targets.labels.count)
        // A weighted mean over the texts with a label, as PyTorch's cross-entropy has it.
        let labelWeight = targets.labels.reduce(Float(0)) { sum, label in
            sum + (label.map { targets.classWeights[$0] } ?? 0)
        }
        var losses = Losses()
        dLogits.update(repeating: 0, count: chunk.texts.count * labels)
        for (row, text) in chunk.texts.enumerated() {
            let (x, dx) = (logits + row * labels, dLogits + row * labels)
            if let adjustments = targets.adjustments {
                for label in 0..<labels { x[label] += adjustments[text * labels + label] }
            }
            let teacherShare = targets.teacher?.shares[text] ?? 0
            if let label = targets.labels[text], teacherShare < 1 {
                let share = targets.classWeights[label] / labelWeight
                let loss = training.cross_entropy(labels, x, label, weight * share * (1 - teacherShare), dx)
                losses.classification += Double(loss * share)
                losses.total += Double(weight * loss * share * (1 - teacherShare))
            }
            if let teacher = targets.teacher, teacherShare > 0 {
                let temperature = teacher.temperature
                let share = weight * teacherShare * temperature / count
                let loss = teacher.logits.withUnsafeBufferPointer { logits in
                    logits.baseAddress.map {
                        training.divergence(labels, 1 / temperature, x, $0 + text * labels, share, dx)
                    } ?? 0
                }
                losses.distillation += Double(loss * temperature * temperature / count)
                losses.total += Double(loss * temperature * share)
            }
        }
        return losses
    }
}
