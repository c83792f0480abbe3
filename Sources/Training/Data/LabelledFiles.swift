// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import FoundationEssentials

/// The files of a fine-tuning run: what to train on, what to evaluate on, and the labels.
struct LabelledFiles {
    /// Names of the labels, `[K]`.
    let labels: [String]
    /// What is trained on, those without labels last.
    private let training: [(examples: [Dataset.Example], source: TrainingSource)]
    private let held: [(name: String, examples: [Dataset.Example])]
    private let names: LabelNames

    /// Reads the files.
    ///
    /// - Parameter model: a classifier's labels are kept; else they come from the files.
    init(_ options: FineTuning.Options, labels model: Architecture) throws {
        var reader = options.reader
        let files = try options.train.map { try Self.labelled($0.path, &reader) }
        let validation = try options.validation.map { ($0, try Self.labelled($0, &reader)) }
        let found = Set((files + validation.map(\.1)).flatMap { $0.compactMap(\.label) })
        let labels = model.task == .sequenceClassification ? model.labels : Self.ordered(found)
        self.labels = labels
        names = LabelNames(labels)
        for (path, examples) in zip(options.train.map(\.path), files) + validation {
            for example in examples { _ = try names.index(of: example, in: path) }
        }
        let paths = Set(options.train.map(\.path) + options.validation)
        let name = { (path: String) in Self.name(path, among: paths) }
        var held = validation.map { (name: name($0.0), examples: $0.1) }
        // A text is held back by its own hash: so are its repetitions, in whatever file. The seed has no part in it, so
        // that no run learns from a teacher that has seen what the run is judged on.
        let isHeld = { (example: Dataset.Example) in
            Double(Self.hash(example.text) >> 11) * 0x1p-53 < options.validationShare
        }
        var split = Set<String>()
        for (source, examples) in zip(options.train, files) {
            let part = examples.filter(isHeld)
            if !part.isEmpty, split.insert(source.path).inserted {
                held.append((name: "part of " + name(source.path), examples: part))
            }
        }
        let texts = Set(held.flatMap { $0.examples.map(\.text) })
        let unlabelled = try options.unlabelled.map { try reader.examples($0.path) }
        // What is in a file of unlabelled texts beside the texts has no meaning here.
        let bare = unlabelled.map { $0.map { Dataset.Example(text: $0.text, label: nil, line: $0.line) } }
        // By other bits of the hash than those that hold texts back, which would all be of the sample or none of them.
        let isSampled = { (example: Dataset.Example) in
            Double(Self.hash(example.text) & 0xFFFF_FFFF) * 0x1p-32 < options.sampledShare
        }
        training = zip(options.train + options.unlabelled, files + bare).map { source, examples in
            (examples.filter { isSampled($0) && !texts.contains($0.text) }, source)
        }
        self.held = held
        if !unlabelled.isEmpty, options.teachers.isEmpty, options.teacherLogits.isEmpty {
            throw TrainingError("unlabelled: these texts need a teacher that labels them, or its logits")
        }
    }

    /// The training texts, source by source, and after them those without labels.
    func samples(by reader: SampleReader) -> [(samples: [Sample], source: TrainingSource)] {
        training.map { examples, source in
            (reader.samples(examples, hasTeachers: source.hasTeachers, label: label(of:)), source)
        }
    }

    func validation(by reader: SampleReader) -> [(name: String, samples: [Sample])] {
        held.map { ($0.name, reader.samples($0.examples, label: label(of:))) }
    }

    /// The index of an example's label; nil where it has none.
    private func label(of example: Dataset.Example) -> Int? { example.label.flatMap { names.index(of: $0) } }

    private static func labelled(_ path: String, _ reader: inout DatasetReader) throws -> [Dataset.Example] {
        let examples = try reader.examples(path)
        if let bare = examples.first(where: { $0.label == nil }) {
            throw DatasetError(path: path, line: bare.line, reason: "has no label, as only the unlabelled files may")
        }
        return examples
    }

    /// The order of the labels: from bad to good where they are sentiments, else by name.
    private static func ordered(_ labels: Set<String>) -> [String] {
        let sentiments = ["negative", "neutral", "positive"]
        return labels.isSubset(of: sentiments) ? sentiments : labels.sorted()
    }

    /// A file's own name; its whole path, where another one's name is the same.
    private static func name(_ path: String, among paths: Set<String>) -> String {
        let name = { (path: String) in URL(filePath: path).lastPathComponent }
        return paths.count { name($0) == name(path) } > 1 ? path : name(path)
    }

    private static func hash(_ text: String) -> UInt64 {
        var random = SplitMix64(seed: Digest.fnv1a(of: text))
        return random.next()
    }
}
