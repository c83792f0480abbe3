// SPDX-License-Identifier: Apache-2.0
public import Bert
internal import Files

/// A model put to the test on a file of labelled texts.
public struct ModelTest: Sendable {
    /// A text, what it is, and what the model says.
    public struct Prediction: Sendable, Equatable {
        /// The text.
        public let text: String
        /// The index of its label.
        public let truth: Int
        /// A score for each label, `[K]`.
        public let scores: [Float]

        /// The index of the label that it is given.
        public var predicted: Int { Evaluation.top(of: scores) }
    }

    /// Path of the file.
    public let path: String
    /// The texts in the order of the file.
    public let predictions: [Prediction]
    /// How well the predictions agree with the labels.
    public let evaluation: Evaluation
    /// Tokens of all texts.
    public let tokens: Int
    /// How long tokenising and classifying took, in seconds.
    public let seconds: Double

    /// Reads a file, classifies its texts and compares.
    ///
    /// - Parameters:
    ///   - path: a file of texts with labels, as `Dataset` reads it. A label that is none of the model's is an error, and not
    ///     a mistake of the model's, as scikit-learn would count it.
    ///   - model: a classifier that gives each text one of its labels.
    ///   - threads: how many to work on.
    ///   - reader: what reads the file, unless it has done so already.
    ///   - encode: tokenises one text; called from all threads.
    /// - Throws: `DatasetError`, `FileError`, or what `encode` throws.
    public init(
        path: String,
        model: Model,
        threads: Int,
        by reader: inout DatasetReader,
        encode: (String) throws -> Encoding
    ) throws {
        guard model.scoreFunction == .softmax else {
            throw FileError(
                .unsupported,
                path: model.directory,
                "does not give each text one label of several: its problem_type is no single_label_classification"
            )
        }
        let examples = try reader.examples(path)
        let names = LabelNames(model.architecture.labels)
        let truths = try examples.map { try names.index(of: $0, in: path) }
        let classifier = ParallelClassifier(model: model, threads: Threads(count: threads))
        let clock = ContinuousClock()
        let start = clock.now
        let encodings = try classifier.threads.map(examples) { try encode($0.text) }
        let logits = try classifier.logits(encodings.flatMap(\.sequences))
        var rows = BatchLogits(logits[...], labels: model.architecture.labels.count)
        var predictions: [Prediction] = []
        for (index, encoding) in encodings.enumerated() {
            let scores = model.scores(of: rows.next(for: encoding), for: encoding)
            guard scores.allSatisfy(\.isFinite) else {
                let line = examples[index].line
                throw DatasetError(path: path, line: line, reason: "the model's scores are not finite numbers")
            }
            predictions.append(Prediction(text: examples[index].text, truth: truths[index], scores: scores))
        }
        seconds = max((clock.now - start) / .seconds(1), 1e-9)
        tokens = encodings.reduce(0) { $0 + $1.tokenCount }
        self.path = path
        self.predictions = predictions
        evaluation = Evaluation(labels: model.architecture.labels, predictions)
    }
}

extension Evaluation {
    /// Compares predictions, perhaps of several files, with the truth.
    public init(labels: [String], _ predictions: [ModelTest.Prediction]) {
        self.init(labels: labels, truths: predictions.map(\.truth), scores: predictions.map(\.scores))
    }
}
