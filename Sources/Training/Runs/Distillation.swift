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
        /// Where the teacher's distribution is learned.
        public var positions = Positions.all
        /// What the divergence from the teacher's distribution weighs.
        public var distillationWeight: Float = 5
        /// What the masked words weigh.
        public var maskedLMWeight: Float = 2
        /// What the direction of the hidden states weighs.
        public var cosineWeight: Float = 1
        /// What the relations of the last block's tokens weigh.
        public var relationWeight: Float = 0
        /// Both distributions are softened by it before they are compared.
        public var temperature: Float = 2
        /// Share of the tokens to be guessed.
        public var maskedShare = 0.15
        /// Texts held back, to evaluate on.
        public var heldOut = 1000
        /// What every run is told.
        public var run: RunOptions

        /// Creates options with the usual values.
        public init(out: String) {
            run = RunOptions(out: out, epochs: 1, learningRate: 5e-4, warmUp: 0.05, evaluationsPerEpoch: 4)
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
        let task = try DistillationTask(options, kernels: kernels, observer: observer)
        let run = try TrainingRun(
            task: task,
            options: options.run,
            stepsPerEpoch: task.stepsPerEpoch,
            identity: options.identity,
            observer: observer,
            shouldStop: shouldStop
        )
        return try run.run()
    }
}

extension Distillation.Options {
    /// What decides the bits of the result.
    var identity: [String: String] {
        let own = [
            "command": "distil", "teacher": teacher ?? "", "model": model ?? "",
            "layers": layers.map(String.init) ?? "", "corpus": corpus.joined(separator: " "),
            "positions": positions.rawValue,
            "weights": "\(distillationWeight) \(maskedLMWeight) \(cosineWeight) \(relationWeight)",
            "temperature": "\(temperature)", "masked": "\(maskedShare)", "held-out": "\(heldOut)",
        ]
        return run.identity.merging(own) { $1 }
    }
}
