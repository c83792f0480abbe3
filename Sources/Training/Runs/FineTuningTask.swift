// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import Glibc

/// The network, the texts and the teachers' logits of a fine-tuning run.
final class FineTuningTask: TrainingTask {
    let trainer: Trainer<ClassificationHead>
    let average: WeightAverage?
    let options: FineTuning.Options
    private let reader: SampleReader
    private let samples: [Sample]
    let validation: [(name: String, samples: [Sample])]
    /// `[samples, K]`; zeros where no teacher is asked.
    private let teacherLogits: [Float]?
    private let classWeights: [Float]
    /// `[samples, K]`; nil where no logits are adjusted.
    private let logitAdjustments: [Float]?
    private var order: EpochOrder
    /// What the last evaluation found to calibrate the scores by.
    var scaling: LogitScaling
    /// The same for the early exit, and how sure that must be; nil without one.
    var exit: (scaling: LogitScaling, confidence: Float)?

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
        if let layer = options.exitLayer {
            guard (0..<architecture.layers).contains(layer) else {
                throw TrainingError(
                    "exit-layer: \(layer) is not below \(architecture.layers), the number of the model's layers"
                )
            }
            architecture.earlyExit = layer == 0 ? nil : EarlyExit(layer: layer)
        }
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
            sources: sources.map { EpochOrder.Source(count: $0.samples.count, timesPerEpoch: $0.source.timesPerEpoch) },
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
        logitAdjustments = Self.logitAdjustments(sources, files.labels.count)
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
        _ sources: [(samples: [Sample], source: TrainingSource)],
        _ labels: Int
    ) -> [Float] {
        var counts = [Double](repeating: 0, count: labels)
        for (samples, source) in sources {
            for label in samples.compactMap(\.label) { counts[label] += source.timesPerEpoch }
        }
        let all = counts.reduce(0, +)
        return counts.map { $0 == 0 ? 1 : Float(all / (Double(labels) * $0)) }
    }

    /// For each sample the log of each label's share in its file `[samples, K]`, counted as if each label stood there once
    /// more; zeros for a file whose shares are learned. Nil where all are.
    private static func logitAdjustments(
        _ sources: [(samples: [Sample], source: TrainingSource)],
        _ labels: Int
    ) -> [Float]? {
        guard sources.contains(where: { $0.source.adjustsLogits }) else { return nil }
        return sources.flatMap { samples, source in
            var counts = [Float](repeating: 1, count: labels)
            for label in samples.compactMap(\.label) { counts[label] += 1 }
            let all = counts.reduce(0, +)
            let logs = counts.map { source.adjustsLogits ? log($0 / all) : 0 }
            return samples.flatMap { _ in logs }
        }
    }

    func batch(at step: Int) -> (TokenBatch, ClassificationHead.Targets) {
        let indices = order.indices(at: step)
        let labels = classWeights.count
        let targets = ClassificationHead.Targets(
            labels: indices.map { samples[$0].label },
            classWeights: classWeights,
            adjustments: logitAdjustments.map { values in
                indices.flatMap { values[$0 * labels..<($0 + 1) * labels] }
            },
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

    func named(_ losses: Losses) -> [String: Double] {
        var named = ["loss": losses.total, "classification": losses.classification]
        if teacherLogits != nil { named["distillation"] = losses.distillation }
        if trainer.network.earlyExit != nil { named["early_exit"] = losses.earlyExit }
        return named
    }
}
