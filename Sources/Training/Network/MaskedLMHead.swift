// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// Teaches masked words, and if there is a teacher, its distribution over the vocabulary and the direction of its hidden
/// states: the three losses of DistilBERT (Sanh et al., 2019). And if that weighs anything, how the tokens relate.
final class MaskedLMHead: TrainingHead {
    struct Targets {
        /// For each token of the batch the id that was masked there; -1 where none was.
        var labels: [Int32]
    }

    /// What is minimised: distillation · T² · KL + maskedLM · cross-entropy + cosine · (1 - cosine)
    /// + relations · KL of relations.
    struct Weights: Sendable, Equatable {
        var distillation: Float = 5
        var maskedLM: Float = 2
        var cosine: Float = 1
        var relations: Float = 0
        var temperature: Float = 2
        /// Whether the divergence is taken at all positions, or at the masked ones.
        var usesAllPositions = true
    }

    private let replica: Replica
    private let network: Network
    private let transform: PackedLinear
    private let norm: ParameterLayout.NormPlace
    private let decoder: PackedLinear
    private let weights: Weights
    private let teacher: MaskedLanguageModel?
    private let relations: AttentionRelations?
    /// Rows of the decoder at a time.
    private let rows: Int
    /// `[T, C]`: the states at the positions that matter, their gradient, and those of the teacher.
    private let states: FloatBuffer
    private let dStates: FloatBuffer
    private let teacherStates: FloatBuffer
    /// `[T, E]`: through the transform, its activation and the norm.
    private let inner: FloatBuffer
    private let activated: FloatBuffer
    private let normed: FloatBuffer
    private let dNormed: FloatBuffer
    /// `[rows, V]`.
    private let logits: FloatBuffer
    private let teacherLogits: FloatBuffer
    private let dLogits: FloatBuffer

    /// Reserves memory for chunks of up to `capacity` tokens, `rows` of them through the decoder at a time.
    init(replica: Replica, capacity: Int, rows: Int, weights: Weights, teacher: MaskedLanguageModel?) {
        guard case .maskedLM(let transform, let norm, let decoder) = replica.network.head else {
            preconditionFailure("a masked-LM head is for networks with one")
        }
        self.replica = replica
        network = replica.network
        self.transform = transform
        self.norm = norm
        self.decoder = decoder
        self.weights = weights
        self.teacher = teacher
        self.rows = rows
        relations =
            teacher == nil || weights.relations == 0
            ? nil
            : AttentionRelations(replica.network, longest: min(capacity, replica.network.architecture.positions))
        let states = { (width: Int) in FloatBuffer(reserving: capacity * width) }
        let (width, narrow) = (replica.network.architecture.width, replica.network.architecture.embeddingWidth)
        self.states = states(width)
        dStates = states(width)
        teacherStates = states(width)
        inner = states(narrow)
        activated = states(narrow)
        normed = states(narrow)
        dNormed = states(narrow)
        let logits = { FloatBuffer(reserving: rows * decoder.place.outputs) }
        self.logits = logits()
        teacherLogits = logits()
        dLogits = logits()
    }

    var teachesAttention: Bool { relations != nil }

    private var activation: Architecture.Activation { network.architecture.transformActivation }

    func losses(
        _ chunk: Chunk,
        _ targets: Targets,
        _ block: LastBlock,
        dropout: Dropout?,
        to gradient: LastBlockGradient
    ) -> Losses {
        let (hidden, dHidden) = (block.hidden, gradient.hidden)
        let (width, narrow) = (network.architecture.width, network.architecture.embeddingWidth)
        let training = network.kernels.table.pointee.training.pointee
        let labels = chunk.labels(targets.labels)
        let counts = Counts(targets, weights)
        let positions = labels.indices.filter { teacher != nil && weights.usesAllPositions || labels[$0] >= 0 }
        dHidden.update(repeating: 0, count: labels.count * width)
        var losses = Losses()
        if let teacher {
            teacher.withLastBlock(of: chunk.tokens) { theirs in
                losses.cosine = cosine(labels.count, hidden, theirs.hidden, counts.all, to: dHidden)
                gather(positions, theirs.hidden, to: teacherStates.start)
                guard let relations, let dQueryKeyValue = gradient.queryKeyValue else { return }
                let weight = weights.relations / counts.all
                let loss = relations.divergence(chunk, block.queryKeyValue, theirs, weight: weight, to: dQueryKeyValue)
                losses.relations = loss / Double(counts.all)
            }
        }
        gather(positions, hidden, to: states.start)
        let count = positions.count
        transformed(count)
        for first in stride(from: 0, to: count, by: rows) {
            let block = positions[first..<min(first + rows, count)]
            decode(block, at: first, labels, counts, &losses)
            let start = first * narrow
            let x = normed.start + start
            replica.backward(decoder, rows: block.count, x, dLogits.start, .written(dNormed.start + start))
        }
        replica.backward(norm, rows: count, activated.start, dNormed.start)
        activation.multiplyByDerivative(count * narrow, at: inner.start, dNormed.start, kernels: network.kernels)
        replica.backward(transform, rows: count, states.start, dNormed.start, .written(dStates.start))
        for (row, position) in positions.enumerated() {
            training.add(width, dStates.start + row * width, dHidden + position * width)
        }
        losses.total =
            Double(weights.distillation) * losses.distillation + Double(weights.maskedLM) * losses.maskedLM
            + Double(weights.cosine) * losses.cosine + Double(weights.relations) * losses.relations
        return losses
    }

    /// What was found at the masked positions of a chunk.
    struct Guesses: Sendable {
        var count = 0
        /// The sum of the cross-entropies.
        var loss = 0.0
        /// Where the most likely id is the one that was masked, and where it is the teacher's most likely.
        var correct = 0
        var agreeing = 0

        static func += (sum: inout Guesses, other: Guesses) {
            sum.count += other.count
            sum.loss += other.loss
            sum.correct += other.correct
            sum.agreeing += other.agreeing
        }
    }

    /// Guesses the masked words of a chunk, as a check.
    func guesses(_ chunk: Chunk, _ targets: Targets, hidden: UnsafePointer<Float>) -> Guesses {
        let labels = chunk.labels(targets.labels)
        let positions = labels.indices.filter { labels[$0] >= 0 }
        var guesses = Guesses(count: positions.count)
        if let teacher {
            teacher.withLastBlock(of: chunk.tokens) { gather(positions, $0.hidden, to: teacherStates.start) }
        }
        gather(positions, hidden, to: states.start)
        transformed(positions.count)
        let counts = Counts(targets, weights)
        let vocabulary = decoder.place.outputs
        for first in stride(from: 0, to: positions.count, by: rows) {
            let block = positions[first..<min(first + rows, positions.count)]
            var losses = Losses()
            decode(block, at: first, labels, counts, &losses)
            guesses.loss += losses.maskedLM * Double(counts.masked)
            for (row, position) in block.enumerated() {
                let best = Self.top(logits.start + row * vocabulary, vocabulary)
                if best == Int(labels[position]) { guesses.correct += 1 }
                if teacher != nil, best == Self.top(teacherLogits.start + row * vocabulary, vocabulary) {
                    guesses.agreeing += 1
                }
            }
        }
        return guesses
    }

    private static func top(_ logits: UnsafePointer<Float>, _ count: Int) -> Int {
        (1..<count).reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
    }

    /// Takes the gathered states through transform, activation and norm.
    private func transformed(_ count: Int) {
        let narrow = network.architecture.embeddingWidth
        replica.forward(transform, rows: count, states.start, to: inner.start)
        activated.start.update(from: inner.start, count: count * narrow)
        activation.apply(count * narrow, activated.start, kernels: network.kernels)
        replica.forward(norm, rows: count, activated.start, to: normed.start)
    }

    /// What the means of a batch are over.
    private struct Counts {
        let masked: Float
        let distilled: Float
        let all: Float

        init(_ targets: Targets, _ weights: Weights) {
            all = Float(targets.labels.count)
            masked = Float(max(targets.labels.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }, 1))
            distilled = weights.usesAllPositions ? all : masked
        }
    }

    /// Computes the logits of a block of positions, adds their losses, and writes the gradient of the logits.
    private func decode(
        _ block: ArraySlice<Int>,
        at first: Int,
        _ labels: [Int32],
        _ counts: Counts,
        _ losses: inout Losses
    ) {
        let (width, vocabulary) = (network.architecture.width, decoder.place.outputs)
        let training = network.kernels.table.pointee.training.pointee
        let normed = normed.start + first * network.architecture.embeddingWidth
        replica.forward(decoder, rows: block.count, normed, to: logits.start)
        teacher?.logits(rows: block.count, teacherStates.start + first * width, to: teacherLogits.start)
        dLogits.start.update(repeating: 0, count: block.count * vocabulary)
        for (row, position) in block.enumerated() {
            let (x, dx) = (logits.start + row * vocabulary, dLogits.start + row * vocabulary)
            if labels[position] >= 0 {
                let weight = weights.maskedLM / counts.masked
                let loss = training.cross_entropy(vocabulary, x, Int(labels[position]), weight, dx)
                losses.maskedLM += Double(loss / counts.masked)
            }
            if teacher != nil {
                let temperature = weights.temperature
                let loss = training.divergence(
                    vocabulary,
                    1 / temperature,
                    x,
                    teacherLogits.start + row * vocabulary,
                    weights.distillation * temperature / counts.distilled,
                    dx
                )
                losses.distillation += Double(loss * temperature * temperature / counts.distilled)
            }
        }
    }

    /// The mean over a batch of 1 - cosine between states `s` and `t` `[count, C]`; adds its gradient by s.
    private func cosine(
        _ count: Int,
        _ s: UnsafePointer<Float>,
        _ t: UnsafePointer<Float>,
        _ batchCount: Float,
        to ds: UnsafeMutablePointer<Float>
    ) -> Double {
        let width = network.architecture.width
        var sum: Float = 0
        for row in 0..<count {
            let (s, t, ds) = (s + row * width, t + row * width, ds + row * width)
            var (dot, ss, tt) = (Float(0), Float(0), Float(0))
            for column in 0..<width {
                dot += s[column] * t[column]
                ss += s[column] * s[column]
                tt += t[column] * t[column]
            }
            let norms = max((ss * tt).squareRoot(), 1e-12)
            let cosine = dot / norms
            sum += 1 - cosine
            let (toT, toS) = (
                -weights.cosine / (batchCount * norms), weights.cosine * cosine / (batchCount * max(ss, 1e-12))
            )
            for column in 0..<width { ds[column] += toT * t[column] + toS * s[column] }
        }
        return Double(sum / batchCount)
    }

    private func gather(_ positions: [Int], _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>) {
        let width = network.architecture.width
        for (row, position) in positions.enumerated() {
            (to + row * width).update(from: from + position * width, count: width)
        }
    }
}

extension Chunk {
    /// What stands for this chunk's tokens in an array for the whole batch's.
    fileprivate func labels(_ all: [Int32]) -> [Int32] {
        texts.indices.flatMap { all[firstRows[$0]..<firstRows[$0] + tokens.length(of: $0)] }
    }
}
