// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import FoundationEssentials

/// The files of a fine-tuning run: what to train on, what to evaluate on, and the labels.
struct LabelledFiles {
    /// Names of the labels, `[K]`.
    let labels: [String]
    private let training: [Dataset.Example]
    private let unlabelled: [Dataset.Example]
    private let held: [(name: String, examples: [Dataset.Example])]
    private let names: LabelNames

    /// Reads the files.
    ///
    /// - Parameter model: a classifier's labels are kept; else they come from the files.
    init(_ options: FineTuning.Options, labels model: Architecture) throws {
        var reader = options.reader
        let files = try options.train.map { try Self.labelled($0, &reader) }
        let validation = try options.validation.map { ($0, try Self.labelled($0, &reader)) }
        let found = Set((files + validation.map(\.1)).flatMap { $0.compactMap(\.label) })
        let labels = model.task == .sequenceClassification ? model.labels : Self.ordered(found)
        self.labels = labels
        names = LabelNames(labels)
        for (path, examples) in zip(options.train, files) + validation {
            for example in examples { _ = try names.index(of: example, in: path) }
        }
        var training: [Dataset.Example] = []
        var held = validation.map { (name: Self.name($0.0), examples: $0.1) }
        // A text is held back by its own hash: so are its repetitions, in whatever file. The seed has no part in it, so
        // that no run learns from a teacher that has seen what the run is judged on.
        let isHeld = { (example: Dataset.Example) in
            Double(Self.hash(example.text) >> 11) * 0x1p-53 < options.validationShare
        }
        var split = Set<String>()
        for (path, examples) in zip(options.train, files) {
            training += examples.filter { !isHeld($0) }
            let part = examples.filter(isHeld)
            if !part.isEmpty, split.insert(path).inserted {
                held.append((name: "part of " + Self.name(path), examples: part))
            }
        }
        let texts = Set(held.flatMap { $0.examples.map(\.text) })
        self.training = training.filter { !texts.contains($0.text) }
        self.held = held
        unlabelled = try options.unlabelled.flatMap { try reader.examples($0) }.filter {
            !texts.contains($0.text)
        }
        if !unlabelled.isEmpty, options.teachers.isEmpty {
            throw TrainingError("unlabelled: these texts need a teacher that labels them")
        }
    }

    /// The training texts, and after them those without labels.
    func samples(by reader: SampleReader) -> [Sample] {
        reader.samples(training) { $0.label.flatMap { names.index(of: $0) } } + reader.samples(unlabelled) { _ in nil }
    }

    func validation(by reader: SampleReader) -> [(name: String, samples: [Sample])] {
        held.map { ($0.name, reader.samples($0.examples) { $0.label.flatMap { names.index(of: $0) } }) }
    }

    private static func labelled(_ path: String, _ reader: inout DatasetReader) throws -> [Dataset.Example] {
        let examples = try reader.examples(path)
        if let bare = examples.first(where: { $0.label == nil }) {
            throw DatasetError(path: path, line: bare.line, reason: "has no label; a file without labels is one of the unlabelled")
        }
        return examples
    }

    /// The order of the labels: from bad to good where they are sentiments, else by name.
    private static func ordered(_ labels: Set<String>) -> [String] {
        let sentiments = ["negative", "neutral", "positive"]
        return labels.isSubset(of: sentiments) ? sentiments : labels.sorted()
    }

    private static func name(_ path: String) -> String { URL(filePath: path).lastPathComponent }

    /// FNV-1a, which is the same on every run, unlike Swift's own.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var random = SplitMix64(seed: hash)
        return random.next()
    }
}
