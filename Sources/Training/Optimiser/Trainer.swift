// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// What one step was like.
struct TrainingStep: Sendable {
    let losses: Losses
    /// Before clipping.
    let gradientNorm: Double
}

/// Takes training steps on all threads: each runs its share of the batch there and back, then the sum moves the weights.
final class Trainer<Head: TrainingHead> {
    let network: Network
    let optimiser: AdamW
    /// The gradient of the last step.
    let gradient: GradientSum
    let threads: Threads
    private let replicas: [Replica]
    private let tapes: [EncoderTape]
    private let heads: [Head]
    /// By what the last block computed: `[T, C]`, and `[T, 3C]` where the heads teach that.
    private let dHidden: [FloatBuffer]
    private let dQueryKeyValue: [FloatBuffer]
    /// By what an early exit reads, `[T, C]`; none without one.
    private let dEarly: [FloatBuffer]
    private let capacity: Int
    private let maxGradientNorm: Double?

    /// Rows of a masked LM's decoder that are computed at a time: their logits take 122 KB a row for BERT's vocabulary.
    static var decoderRows: Int { 128 }

    init(
        network: Network,
        optimiser settings: AdamW.Settings,
        maxGradientNorm: Double?,
        threads: Int,
        longestText: Int,
        head: (Replica, _ capacity: Int) throws -> Head
    ) rethrows {
        // Enough rows to keep the multipliers busy, few enough to stay small in memory.
        let capacity = max(512, longestText)
        let replicas = (0..<threads).map { _ in
            Replica(network: network, capacity: capacity, decoderRows: Self.decoderRows)
        }
        self.network = network
        self.capacity = capacity
        self.replicas = replicas
        self.threads = Threads(count: threads)
        self.maxGradientNorm = maxGradientNorm
        optimiser = AdamW(network: network, settings: settings, threads: self.threads)
        gradient = GradientSum(network: network, threads: self.threads)
        tapes = replicas.map { EncoderTape(replica: $0, capacity: capacity) }
        heads = try replicas.map { try head($0, capacity) }
        let width = network.architecture.width
        dHidden = heads.map { _ in FloatBuffer(reserving: capacity * width) }
        dQueryKeyValue = heads.filter(\.teachesAttention).map { _ in FloatBuffer(reserving: capacity * width * 3) }
        let exits = network.earlyExit == nil ? 0 : threads
        dEarly = (0..<exits).map { _ in FloatBuffer(reserving: capacity * width) }
        network.pack()
    }

    /// Takes one step.
    ///
    /// - Parameters:
    ///   - step: counted from 1.
    ///   - dropout: nil for none.
    func step(
        _ batch: TokenBatch,
        _ targets: Head.Targets,
        step: Int,
        learningRate: Float,
        dropout: Dropout?
    ) -> TrainingStep {
        let losses = run(batch, targets, dropout: dropout, isTraining: true)
        let norm = gradient.reduce(replicas)
        // As PyTorch's clip_grad_norm_ does.
        let scale = maxGradientNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        optimiser.update(gradient, step: step, learningRate: learningRate, scale: Float(scale))
        threads.share(network.linears.count) { network.linears[$0].pack(network.parameters.start) }
        return TrainingStep(losses: losses, gradientNorm: norm)
    }

    /// The losses as they are, without a step.
    func losses(_ batch: TokenBatch, _ targets: Head.Targets, dropout: Dropout? = nil) -> Losses {
        run(batch, targets, dropout: dropout, isTraining: false)
    }

    /// Runs the heads over what the last block computed of every chunk of a batch, without dropout and without a step.
    func forEachChunk(_ batch: TokenBatch, _ body: (Head, Chunk, LastBlock) -> Void) {
        let shares = Chunk.shares(of: batch, threads: threads.count, capacity: capacity)
        threads.forEach { thread in
            for chunk in shares[thread] {
                body(heads[thread], chunk, tapes[thread].forward(chunk, dropout: nil))
            }
        }
    }

    private func run(_ batch: TokenBatch, _ targets: Head.Targets, dropout: Dropout?, isTraining: Bool) -> Losses {
        let shares = Chunk.shares(of: batch, threads: threads.count, capacity: capacity)
        var losses = [Losses](repeating: Losses(), count: threads.count)
        losses.withUnsafeMutableBufferPointer { losses in
            nonisolated(unsafe) let losses = losses
            threads.forEach { thread in
                replicas[thread].clear()
                for chunk in shares[thread] {
                    let block = tapes[thread].forward(chunk, dropout: dropout)
                    let gradient = LastBlockGradient(
                        hidden: dHidden[thread].start,
                        queryKeyValue: heads[thread].teachesAttention ? dQueryKeyValue[thread].start : nil,
                        early: dEarly.isEmpty ? nil : dEarly[thread].start
                    )
                    losses[thread] += heads[thread].losses(chunk, targets, block, dropout: dropout, to: gradient)
                    if isTraining { tapes[thread].backward(chunk, gradient, dropout: dropout) }
                }
            }
        }
        return losses.reduce(into: Losses()) { $0 += $1 }
    }
}
