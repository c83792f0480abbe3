// SPDX-License-Identifier: Apache-2.0
public import Bert

/// Trains an encoder on raw text: DistilBERT's recipe with a teacher, plain masked-LM training without one.
public struct Distillation: Sendable {
    /// Where the losses with the teacher are taken.
    public enum Positions: String, Sendable, CaseIterable {
        /// At every token, as DistilBERT does.
        case all
        /// At the masked ones, which costs a fraction of it.
        case masked
    }

    /// What to train, on what, and how.
    public struct Options: Sendable {
        /// Directory of the masked-LM teacher; nil for plain masked-LM training.
        public var teacher: String?
        /// Directory of the model to start from; nil for a student made of the teacher's layers.
        public var model: String?
        /// Layers of a student made of the teacher's; evenly spread over them.
        public var layers: Int?
        /// Files of texts.
        public var corpus: [String] = []
        /// Directory of the model that comes out.
        public var out: String
        /// Where the teacher's distribution is learned.
        public var positions = Positions.all
        /// What the divergence from the teacher's distribution weighs.
        public var distillationWeight: Float = 5
        /// What the masked words weigh.
        public var maskedLMWeight: Float = 2
        /// What the direction of the hidden states weighs.
        public var cosineWeight: Float = 1
        /// Both distributions are softened by it before they are compared.
        public var temperature: Float = 2
        /// Share of the tokens to be guessed.
        public var maskedShare = 0.15
        /// Texts held back, to evaluate on.
        public var heldOut = 1000
        /// How often each text is seen.
        public var epochs = 1.0
        /// Texts of one step.
        public var batchSize = 32
        /// The highest learning rate.
        public var learningRate: Float = 5e-4
        /// Share of the steps in which the learning rate rises.
        public var warmUp = 0.05
        /// How much the matrices shrink by themselves.
        public var weightDecay: Float = 0.01
        /// The longest gradient that is not shortened.
        public var maxGradientNorm = 1.0
        /// The longest text in tokens; the rest of a longer one is not read.
        public var maxTokens = 128
        /// Evaluations in an epoch.
        public var evaluationsPerEpoch = 4
        /// How the weights are stored.
        public var precision = StoredPrecision.f32
        /// Whether products take operands rounded to bfloat16, where the processor has instructions for that.
        public var usesBF16 = false
        /// Every random number comes from it.
        public var seed: UInt64 = 0
        /// Threads to train on.
        public var threads = 1
        /// Steps between checkpoints; nil for one every five minutes.
        public var checkpointEvery: Int?
        /// Steps between reports.
        public var reportEvery = 50
        /// Whether to go on from the checkpoint in `out`.
        public var resumes = false

        /// Creates options with the usual values.
        public init(out: String) { self.out = out }
    }

    private let options: Options
    private let kernels: Kernels

    /// Creates a run.
    public init(_ options: Options, kernels: Kernels) {
        self.options = options
        self.kernels = kernels
    }

    /// Trains. On the way `out` gets the best model so far.
    ///
    /// - Parameters:
    ///   - observer: told how it goes, on the calling thread.
    ///   - shouldStop: asked before each step; true saves the state and ends the run.
    /// - Throws: `ModelError`, `DatasetError` or `TrainingError`.
    public func run(observer: @escaping (RunEvent) -> Void, shouldStop: @escaping () -> Bool) throws -> RunEnd {
        try RunDirectory.prepare(options.out, resumes: options.resumes)
        let task = try DistillationTask(options, kernels: kernels, observer: observer)
        let steps = max(1, Int((options.epochs * Double(task.stepsPerEpoch)).rounded()))
        let run = try TrainingRun(
            task: task,
            settings: .init(
                steps: steps,
                schedule: Schedule(peak: options.learningRate, steps: steps, warmUp: options.warmUp),
                seed: options.seed,
                evaluateEvery: max(1, task.stepsPerEpoch / options.evaluationsPerEpoch),
                patience: nil,
                averageFrom: steps,
                checkpointEvery: options.checkpointEvery,
                reportEvery: options.reportEvery
            ),
            checkpoint: Checkpoint(directory: options.out, identity: options.identity),
            resumes: options.resumes,
            observer: observer,
            shouldStop: shouldStop
        )
        return try run.run()
    }
}

extension Distillation.Options {
    /// What decides the bits of the result.
    var identity: [String: String] {
        [
            "command": "distil", "teacher": teacher ?? "", "model": model ?? "",
            "layers": layers.map(String.init) ?? "",
            "corpus": corpus.joined(separator: " "), "positions": positions.rawValue,
            "weights": "\(distillationWeight) \(maskedLMWeight) \(cosineWeight)", "temperature": "\(temperature)",
            "masked": "\(maskedShare)", "held-out": "\(heldOut)", "epochs": "\(epochs)", "batch-size": "\(batchSize)",
            "learning-rate": "\(learningRate)", "warm-up": "\(warmUp)", "weight-decay": "\(weightDecay)",
            "max-gradient-norm": "\(maxGradientNorm)", "max-tokens": "\(maxTokens)", "seed": "\(seed)",
            "threads": "\(threads)", "evaluations": "\(evaluationsPerEpoch)", "bf16": "\(usesBF16)",
        ]
    }
}
