// SPDX-License-Identifier: Apache-2.0
public import Bert

/// Fine-tunes an encoder to put labels on texts: cross-entropy, AdamW, warm-up, then linear decay; with teachers, their
/// logits too.
public struct FineTuning: Sendable {
    /// What to train, on what, and how.
    public struct Options: Sendable {
        /// Directory of the model to start from; its own head is kept if it has one for these labels.
        public var model: String
        /// Files with labels. One that is named twice is seen twice in an epoch, or twice as often as it says.
        public var train: [TrainingSource] = []
        /// Files with labels to evaluate on, each by itself; the score is the mean of their macro F1, so that no source is
        /// traded for another.
        public var validation: [String] = []
        /// Reads the files, unless it has done so already.
        public var reader = DatasetReader()
        /// Share of the texts of each file to train on that is used at all, the same ones in each run, for a quick one.
        public var sampledShare = 1.0
        /// Share of each training file that is held back to evaluate on, each file's by itself.
        public var validationShare = 0.0
        /// Files of texts that only the teachers label.
        public var unlabelled: [TrainingSource] = []
        /// Directories of fine-tuned models whose logits, averaged, are learned too.
        public var teachers: [String] = []
        /// What the teachers compute with.
        public var teacherPrecision = Precision.f32
        /// Files of teachers' logits. With teachers one for all, or one for each, which are made, or get what they lack;
        /// without, each must have all texts. Their mean is learned.
        public var teacherLogits: [String] = []
        /// What the teachers' loss weighs for texts with a label, from 0 to 1; the labels have the rest.
        public var teacherShare: Float = 0.5
        /// Both distributions are softened by it before they are compared.
        public var temperature: Float = 2
        /// Whether rare labels weigh more: texts / (labels · texts of the label).
        public var balancesClasses = false
        /// After which layer a second classifier stands, at which texts may leave; 0 for none, nil for as it is in the model.
        public var exitLayer: Int?
        /// Share of the texts that are changed to what streams bring, each time they are seen; the teachers' logits stay those
        /// of the texts as they are.
        public var augmentedShare = 0.0
        /// Share of the steps, the last ones, whose weights are averaged; 0 for none.
        public var averagedShare = 0.0
        /// Evaluations without a better score until the run ends; nil for no early end.
        public var patience: Int? = 3
        /// Whether the scores are calibrated on the validation texts, by one temperature and a bias for each label.
        public var calibrates = true
        /// What every run is told.
        public var run: RunOptions

        /// Creates options with the usual values for all but the directories.
        public init(model: String, out: String) {
            self.model = model
            run = RunOptions(out: out, epochs: 3, learningRate: 5e-5, warmUp: 0.1, evaluationsPerEpoch: 1)
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
    /// - Throws: `FileError`, `DatasetError` or `TrainingError`.
    public func run(observer: @escaping (RunEvent) -> Void, shouldStop: @escaping () -> Bool) throws -> RunEnd {
        try RunDirectory.prepare(options.run.out, resumes: options.run.resumes)
        let task = try FineTuningTask(options, kernels: kernels, observer: observer)
        let steps = options.run.steps(ofEpoch: task.stepsPerEpoch)
        let run = try TrainingRun(
            task: task,
            options: options.run,
            stepsPerEpoch: task.stepsPerEpoch,
            patience: options.patience,
            averageFrom: steps - Int(options.averagedShare * Double(steps)),
            identity: options.identity,
            observer: observer,
            shouldStop: shouldStop
        )
        return try run.run()
    }
}

extension FineTuning.Options {
    /// What decides the bits of the result.
    var identity: [String: String] {
        let own = [
            "command": "finetune", "model": model, "train": train.map(\.description).joined(separator: " "),
            "validation": validation.joined(separator: " "), "validation-share": "\(validationShare)",
            "unlabelled": unlabelled.map(\.description).joined(separator: " "),
            "teacher": teachers.joined(separator: " "),
            "teacher-share": "\(teacherShare)", "temperature": "\(temperature)", "balance": "\(balancesClasses)",
            "average": "\(averagedShare)",
        ]
        // What is not asked for is left out, so that runs from before there was such an option go on.
        let asked = [
            "teacher-precision": teacherPrecision == .f32 ? "" : teacherPrecision.rawValue,
            "teacher-logits": teacherLogits.joined(separator: " "),
            "labels-only": train.filter { !$0.hasTeachers }.map(\.path).joined(separator: " "),
            "adjust-logits": train.filter(\.adjustsLogits).map(\.path).joined(separator: " "),
            "exit-layer": exitLayer.map { "\($0)" } ?? "",
            "augment": augmentedShare == 0 ? "" : "\(augmentedShare)",
            "sample": sampledShare == 1 ? "" : "\(sampledShare)",
        ].filter { !$0.value.isEmpty }
        return run.identity.merging(own) { $1 }.merging(asked) { $1 }
    }
}
