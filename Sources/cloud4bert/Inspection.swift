// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Training
import Worker

/// What a model directory holds, and what it costs to run it here.
struct Inspection: Encodable {
    let directory: String
    let architecture: String
    let modelType: String
    let layers, width, heads, feedForwardWidth: Int
    let activation: String
    /// Elements of all tensors, and of those by the type that they are stored as.
    let parameters: Int
    let stored: [String: Int]
    let files: [String]
    let sha256: String
    /// Those of results; none where there is no classifier.
    let labels: [String]
    /// As `config.json` has it; nil where it leaves it to the number of labels.
    let problemType: String?
    let tokenizer: String
    let vocabulary: Int
    let maxTokens: Int
    let precision: String
    let instructionSet: String
    let processor: String
    /// Of this process with the model loaded; nil where the system does not say.
    let residentBytes: Int?
    /// What each thread that encodes takes besides; nil without a classifier.
    let encoderBytes: Int?
    let encoders: Int
    let tokensPerRecord: Int
    /// On one thread; nil without a classifier.
    let recordsPerSecond: Double?

    /// - Parameters:
    ///   - encoders: how many threads a worker here would encode with.
    ///   - tokens: of a text, in what is measured.
    init(_ files: ModelDirectory, _ model: Model, encoders: Int, tokens: Int) throws {
        let architecture = model.architecture
        let machine = BenchMachine(kernels: model.kernels)
        directory = files.path
        self.architecture = architecture.className
        modelType = architecture.modelType
        (layers, width, heads) = (architecture.layers, architecture.width, architecture.heads)
        feedForwardWidth = architecture.feedForwardWidth
        activation = architecture.activation.rawValue
        stored = files.storedElements
        parameters = stored.values.reduce(0, +)
        self.files = files.weightFiles.map { URL(filePath: $0).lastPathComponent }
        sha256 = model.digest
        tokenizer = model.tokenizer.subwordModel
        vocabulary = model.tokenizer.vocabulary.count
        maxTokens = model.maxTokens
        precision = model.precision.rawValue
        (instructionSet, processor) = (machine.instructionSet, machine.processor)
        self.encoders = encoders
        tokensPerRecord = min(tokens, model.maxTokens)
        residentBytes = ProcessMetrics.residentBytes
        guard architecture.task == .sequenceClassification else {
            (labels, problemType, encoderBytes, recordsPerSecond) = ([], nil, nil, nil)
            return
        }
        labels = model.labels
        problemType = architecture.problemType?.rawValue
        encoderBytes = try Classifier.scratchBytes(for: model)
        recordsPerSecond = try Self.rate(Classifier(model: model), tokens: tokensPerRecord)
    }

    /// Texts a second, of random tokens: what they say makes no difference to what they cost.
    private static func rate(_ classifier: Classifier, tokens: Int) -> Double {
        var numbers = SplitMix64(seed: 1)
        let vocabulary = Int32(classifier.model.tokenizer.vocabulary.count)
        let batch = TokenBatch(
            (0..<16).map { _ in (0..<tokens).map { _ in Int32.random(in: 0..<vocabulary, using: &numbers) } }
        )
        var rows = classifier.rows(batch)
        var best = Duration.seconds(1_000_000)
        let start = ContinuousClock.now
        var runs = 0
        while runs < 2 || ContinuousClock.now - start < .milliseconds(500) {
            rows.removeAll(keepingCapacity: true)
            best = min(best, ContinuousClock().measure { classifier.appendRows(of: batch, to: &rows) })
            runs += 1
        }
        return Double(batch.count) / max(best / .seconds(1), 1e-9)
    }
}

extension Inspection {
    /// What people read.
    var lines: [(name: String, text: String)] {
        let shape =
            "\(layers) layers of width \(width), \(heads) heads, feed-forward width \(feedForwardWidth), \(activation)"
        let types = stored.sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key)" }.joined(separator: ", ")
        return [
            ("directory", directory.printable),
            ("architecture", "\(architecture) (\(modelType)): \(shape)"),
            ("parameters", "\(parameters): \(types)"),
            ("weights", "\(files.joined(separator: ", ").printable), sha256 \(sha256)"),
            ("labels", labelText),
            ("tokenizer", "\(tokenizer) of \(vocabulary) tokens; a text may have \(maxTokens)"),
            ("memory", memoryText),
            ("records/s", rateText),
        ]
    }

    private var labelText: String {
        guard !labels.isEmpty else { return "none: \(architecture) puts no labels on texts" }
        let shown = labels.prefix(200).map(\.printable).joined(separator: ", ") + (labels.count > 200 ? ", …" : "")
        return "\(labels.count)\(problemType.map { ", \($0)" } ?? ""): \(shown)"
    }

    private var memoryText: String {
        let model = residentBytes.map { "\($0 >> 20) MiB with the model in \(precision)" } ?? "unknown"
        return model + (encoderBytes.map { ", and \($0 >> 20) MiB for each encoder" } ?? "")
    }

    private var rateText: String {
        guard let rate = recordsPerSecond else { return "none without a classifier" }
        let machine = "texts of \(tokensPerRecord) tokens, \(precision), \(instructionSet), \(processor.printable)"
        let all = encoders > 1 ? ", some \((rate * Double(encoders)).text(0)) on \(encoders)" : ""
        return "\(rate.text(rate < 10 ? 1 : 0)) on one thread\(all) (\(machine))"
    }
}
