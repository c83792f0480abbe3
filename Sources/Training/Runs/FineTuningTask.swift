// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files

/// The network, the texts and the teachers' logits of a fine-tuning run.
final class FineTuningTask: TrainingTask {
    let trainer: Trainer<ClassificationHead>
    let average: WeightAverage?
    private let options: FineTuning.Options
    private let reader: SampleReader
    private let samples: [Sample]
    private let validation: [(name: String, samples: [Sample])]
    /// `[samples, K]`; zeros where no teacher is asked.
    private let teacherLogits: [Float]?
    private let classWeights: [Float]
    private var order: EpochOrder
    /// What the last evaluation found to calibrate the scores by.
    private var scaling: LogitScaling

    var stepsPerEpoch: Int { order.stepsPerEpoch }

    init(_ options: FineTuning.Options, kernels: Kernels, observer: @escaping (RunEvent) -> Void) throws {
        let tokenizer = try Tokenizer(directory: options.model)
        var architecture = try Architecture(directory: options.model)
        try architecture.check(tokenizer, in: options.model)
        let weights = try Weights(directory: options.model)
        let threads = Threads(count: options.run.threads)
        let files = try LabelledFiles(options, labels: architecture)
        architecture.task = .sequenceClassification
        architecture.labels = files.labels
        architecture.problemType = .singleLabel
        let maxTokens = min(options.run.maxTokens, tokenizer.maxTokens(positions: architecture.positions))
        reader = SampleReader(tokenizer: tokenizer, maxTokens: maxTokens, threads: threads)
        let sources = files.samples(by: reader)
        samples = sources.flatMap(\.samples)
        validation = files.validation(by: reader)
        guard !samples.isEmpty else { throw TrainingError("there is no text left to train on") }
        guard !validation.isEmpty else {
            throw TrainingError("validation: a file, or a fraction such as 0.1, is needed to find the best epoch")
        }
        let count = { (samples: [Sample]) in samples.reduce(0) { $0 + $1.ids.count } }
        order = EpochOrder(
            sources: sources.map { EpochOrder.Source(count: $0.samples.count, timesPerEpoch: $0.timesPerEpoch) },
            batchSize: options.run.batchSize,
            seed: options.run.seed
        )
        observer(
            .note("\(samples.count) texts to train on, \(count(samples)) tokens; \(order.count) texts an epoch")
        )
        for (name, samples) in validation { observer(.note("\(samples.count) texts to evaluate on, of \(name)")) }

        teacherLogits = try TeacherLabelling(
            teachers: options.teachers,
            files: options.teacherLogits,
            precision: options.teacherPrecision,
            kernels: kernels,
            labels: files.labels,
            maxTokens: options.run.maxTokens,
            threads: threads,
            observer: observer
        ).logits(of: samples.map { $0.hasTeachers ? $0.text : nil })
        classWeights =
            options.balancesClasses ? Self.balanced(sources, files.labels.count) : files.labels.map { _ in 1 }
        scaling = LogitScaling(labels: files.labels.count)
        self.options = options

        let network = try Network(
            architecture: architecture,
            dropout: DropoutRates(directory: options.model, plan: architecture.plan),
            arithmetic: Arithmetic(kernels: kernels, usesBF16: options.run.usesBF16),
            weights: weights,
            seed: options.run.seed
        )
        trainer = Trainer(
            network: network,
            optimiser: AdamW.Settings(weightDecay: options.run.weightDecay),
            maxGradientNorm: options.run.maxGradientNorm,
            threads: options.run.threads,
            longestText: maxTokens
        ) { ClassificationHead(replica: $0, capacity: $1) }
        average = options.averagedShare > 0 ? WeightAverage(network: network, threads: threads) : nil
    }

    /// n / (K · n of the label), as scikit-learn's "balanced", where n counts what an epoch sees.
    private static func balanced(
        _ sources: [(samples: [Sample], timesPerEpoch: Double)],
        _ labels: Int
    ) -> [Float] {
        var counts = [Double](repeating: 0, count: labels)
        for source in sources {
            for label in source.samples.compactMap(\.label) { counts[label] += source.timesPerEpoch }
        }
        let all = counts.reduce(0, +)
        return counts.map { $0 == 0 ? 1 : Float(all / (Double(labels) * $0)) }
    }

    func batch(at step: Int) -> (TokenBatch, ClassificationHead.Targets) {
        let indices = order.indices(at: step)
        let labels = classWeights.count
        let targets = ClassificationHead.Targets(
            labels: indices.map { samples[$0].label },
            classWeights: classWeights,
            teacher: teacherLogits.map { logits in
                ClassificationHead.Targets.Teacher(
                    logits: indices.flatMap { logits[$0 * labels..<($0 + 1) * labels] },
                    shares: indices.map { samples[$0].teacherShare(options.teacherShare) },
                    temperature: options.temperature
                )
            }
        )
        return (TokenBatch(ids(of: indices, at: step)), targets)
    }

    /// The samples' ids, those of some texts with changes that are drawn by the seed and the step.
    private func ids(of indices: ArraySlice<Int>, at step: Int) -> [[Int32]] {
        guard options.augmentedShare > 0 else { return indices.map { samples[$0].ids } }
        let augmentation = Augmentation(share: options.augmentedShare)
        var first = SplitMix64(seed: ~options.run.seed)
        var random = SplitMix64(seed: first.next() &+ UInt64(step))
        return indices.map { index in
            let text = augmentation(samples[index].text, using: &random)
            return text == samples[index].text ? samples[index].ids : reader.ids(of: text)
        }
    }

    func evaluate() -> (score: Double, figures: [RunEvaluation.Figure]) {
        let labels = trainer.network.architecture.labels
        let found = validation.map { source in
            LogitScaling.Source(logits: logits(source.samples), labels: source.samples.compactMap(\.label))
        }
        // Files that were named say what the model is for; shares of the training files, what it was made from.
        let named = found.prefix(options.validation.count)
        scaling =
            options.calibrates
            ? LogitScaling.fit(found, labels: labels.count).levelled(over: named.isEmpty ? found : Array(named))
            : LogitScaling(labels: labels.count)
        let sources = zip(validation, found).map { source, found in
            let evaluation = { (scaling: LogitScaling) in
                Evaluation(
                    labels: labels,
                    truths: found.labels,
                    scores: found.logits.map { ScoreFunction.softmax(scaling($0)) }
                )
            }
            var figures = Self.figures(of: evaluation(scaling))
            if options.calibrates {
                let before = evaluation(LogitScaling(labels: labels.count)).calibration.expectedError
                figures.append(("calibration_error_before", before))
            }
            return (source.name, figures: figures)
        }
        let means = sources[0].figures.enumerated().map { place, figure in
            let sum = sources.reduce(0) { $0 + $1.figures[place].value }
            return (figure.name, value: sum / Double(sources.count))
        }
        let own = sources.flatMap { source, figures in
            figures.map { RunEvaluation.Figure(name: $0.name, source: source, value: $0.value) }
        }
        // The mean of macro F1: no source counts for more than another, nor a label for more than another.
        return (
            means[0].value,
            means.map { RunEvaluation.Figure(name: $0.0, value: $0.value) } + (sources.count == 1 ? [] : own)
        )
    }

    /// What is told of each source, of the scores as the model that is written gives them; runs are compared by the first.
    private static func figures(of evaluation: Evaluation) -> [(name: String, value: Double)] {
        [
            ("macro_f1", evaluation.macro.f1), ("weighted_f1", evaluation.weighted.f1),
            ("macro_recall", evaluation.macro.recall), ("calibration_error", evaluation.calibration.expectedError),
        ]
    }

    func save() throws(FileError) {
        let network = trainer.network
        guard case .classifier(_, let classifier) = network.layout.head else { return }
        // On a copy: the run goes on with the weights as they are.
        let values = FloatBuffer(count: network.layout.count) {
            $0.initialize(from: network.parameters.start, count: network.layout.count)
        }
        let weight = values.start + classifier.weight
        for index in 0..<classifier.outputs * classifier.inputs { weight[index] /= Float(scaling.temperature) }
        let bias = values.start + classifier.bias
        for (label, own) in scaling.biases.enumerated() {
            bias[label] = Float(Double(bias[label]) / scaling.temperature + own)
        }
        try ModelWriter(source: options.model).write(
            to: options.run.out,
            architecture: network.architecture,
            tensors: network.layout.tensors(of: values),
            precision: options.run.precision
        )
    }

    /// The logits of each text.
    private func logits(_ samples: [Sample]) -> [[Float]] {
        let labels = classWeights.count
        var logits = [[Float]](repeating: [], count: samples.count)
        logits.withUnsafeMutableBufferPointer { logits in
            nonisolated(unsafe) let logits = logits
            trainer.forEachChunk(TokenBatch(samples.map(\.ids))) { head, chunk, block in
                let rows = head.logits(chunk, hidden: block.hidden, dropout: nil)
                for (row, text) in chunk.texts.enumerated() {
                    logits[text] = Array(UnsafeBufferPointer(start: rows + row * labels, count: labels))
                }
            }
        }
        return logits
    }

    func named(_ losses: Losses) -> [String: Double] {
        var named = ["loss": losses.total, "classification": losses.classification]
        if teacherLogits != nil { named["distillation"] = losses.distillation }
        return named
    }
}
