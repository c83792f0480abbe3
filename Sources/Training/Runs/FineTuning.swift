// SPDX-License-Identifier: Apache-2.0
public import Bert

/// Fine-tunes an encoder to put labels on texts: cross-entropy, AdamW, warm-up, then linear decay; with teachers, their
/// logits too.
public struct FineTuning: Sendable {
    /// What to train, on what, and how.
    public struct Options: Sendable {
        /// Directory of the model to start from; its own head is kept if it has one for these labels.
        public var model: String
        /// Files with labels. One that is named twice is seen twice in an epoch.
        public var train: [String] = []
        /// Files with labels to evaluate on; the score is the mean of their weighted F1.
        public var validation: [String] = []
        /// Share of each training file that is held back to evaluate on.
        public var validationShare = 0.0
        /// Files of texts that only the teachers label.
        public var unlabelled: [String] = []
        /// Directories of fine-tuned models whose logits, averaged, are learned too.
        public var teachers: [String] = []
        /// What the teachers' loss weighs for texts with a label, from 0 to 1; the labels have the rest.
        public var teacherShare: Float = 0.5
        /// Both distributions are softened by it before they are compared.
        public var temperature: Float = 2
        /// Directory of the model that comes out.
        public var out: String
        /// How often each text is seen.
        public var epochs = 3.0
        /// Texts of one step.
        public var batchSize = 32
        /// The highest learning rate.
        public var learningRate: Float = 5e-5
        /// Share of the steps in which the learning rate rises.
        public var warmUp = 0.1
        /// How much the matrices shrink by themselves.
        public var weightDecay: Float = 0.01
        /// The longest gradient that is not shortened.
        public var maxGradientNorm = 1.0
        /// The longest text in tokens; the rest of a longer one is not read.
        public var maxTokens = 128
        /// Whether rare labels weigh more: texts / (labels · texts of the label).
        public var balancesClasses = false
        /// Share of the steps, the last ones, whose weights are averaged; 0 for none.
        public var averagedShare = 0.0
        /// Evaluations in an epoch.
        public var evaluationsPerEpoch = 1
        /// Evaluations without a better score until the run ends; nil for no early end.
        public var patience: Int? = 3
        /// Whether the scores are calibrated on the validation texts.
        public var calibrates = true
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

        /// Creates options with the usual values for all but the directories.
        public init(model: String, out: String) {
            self.model = model
            self.out = out
        }
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
        let task = try FineTuningTask(options, kernels: kernels, observer: observer)
        let steps = max(1, Int((options.epochs * Double(task.stepsPerEpoch)).rounded()))
        let run = try TrainingRun(
            task: task,
            settings: .init(
                steps: steps,
                schedule: Schedule(peak: options.learningRate, steps: steps, warmUp: options.warmUp),
                seed: options.seed,
                evaluateEvery: max(1, task.stepsPerEpoch / options.evaluationsPerEpoch),
                patience: options.patience,
                averageFrom: steps - Int(options.averagedShare * Double(steps)),
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

extension FineTuning.Options {
    /// What decides the bits of the result.
    var identity: [String: String] {
        [
            "command": "finetune", "model": model, "train": train.joined(separator: " "),
            "validation": validation.joined(separator: " "), "validation-share": "\(validationShare)",
            "unlabelled": unlabelled.joined(separator: " "), "teacher": teachers.joined(separator: " "),
            "teacher-share": "\(teacherShare)", "temperature": "\(temperature)", "epochs": "\(epochs)",
            "batch-size": "\(batchSize)", "learning-rate": "\(learningRate)", "warm-up": "\(warmUp)",
            "weight-decay": "\(weightDecay)", "max-gradient-norm": "\(maxGradientNorm)", "max-tokens": "\(maxTokens)",
            "balance": "\(balancesClasses)", "average": "\(averagedShare)", "seed": "\(seed)", "threads": "\(threads)",
            "evaluations": "\(evaluationsPerEpoch)", "bf16": "\(usesBF16)",
        ]
    }
}
