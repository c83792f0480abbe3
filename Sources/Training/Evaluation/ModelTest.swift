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
        try Self.checkGivesOneLabel(model)
        let examples = try reader.examples(path)
        let names = LabelNames(model.labels)
        let truths = try examples.map { try names.index(of: $0, in: path) }
        let classifier = ParallelClassifier(model: model, threads: Threads(count: threads))
        let clock = ContinuousClock()
        let start = clock.now
        let (scores, tokens) = try classifier.scores(of: examples.map { ($0.text, $0.line) }, in: path, encode: encode)
        seconds = max((clock.now - start) / .seconds(1), 1e-9)
        self.tokens = tokens
        self.path = path
        predictions = examples.indices.map {
            Prediction(text: examples[$0].text, truth: truths[$0], scores: scores[$0])
        }
        evaluation = Evaluation(labels: model.labels, predictions)
    }

    /// Refuses a model that gives texts several labels, or a number.
    static func checkGivesOneLabel(_ model: Model) throws(FileError) {
        guard model.scoreFunction == .softmax else {
            throw FileError(
                .unsupported,
                path: model.directory,
                "does not give each text one label of several: its problem_type is no single_label_classification"
            )
        }
    }
}

extension Evaluation {
    /// Compares predictions, perhaps of several files, with the truth.
    public init(labels: [String], _ predictions: [ModelTest.Prediction]) {
        self.init(labels: labels, truths: predictions.map(\.truth), scores: predictions.map(\.scores))
    }
}
