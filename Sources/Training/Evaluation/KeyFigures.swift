// SPDX-License-Identifier: Apache-2.0

/// The few figures by which files, and models, are laid side by side; fractions of 1.
public struct KeyFigures: Sendable, Equatable {
    /// One of them.
    public struct Figure: Sendable, Equatable {
        /// What it is called.
        public let name: String
        /// The fraction.
        public let value: Double
    }

    /// Accuracy, weighted F1, macro F1, macro recall (the measure of TweetEval's sentiment task) and the expected
    /// calibration error, in this order.
    public let all: [Figure]

    /// Those of one file.
    public init(_ evaluation: Evaluation) {
        all = [
            Figure(name: "accuracy", value: evaluation.accuracy),
            Figure(name: "weighted F1", value: evaluation.weighted.f1),
            Figure(name: "macro F1", value: evaluation.macro.f1),
            Figure(name: "macro recall", value: evaluation.macro.recall),
            Figure(name: "calibration error", value: evaluation.calibration.expectedError),
        ]
    }

    /// The means over files, of which each counts the same; there must be one.
    public init(meanOf files: [Evaluation]) {
        let figures = files.map { KeyFigures($0).all }
        all = figures[0].enumerated().map { place, figure in
            Figure(name: figure.name, value: figures.reduce(0) { $0 + $1[place].value } / Double(figures.count))
        }
    }
}
