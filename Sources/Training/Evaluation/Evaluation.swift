// SPDX-License-Identifier: Apache-2.0

/// How well predictions agree with the truth, for texts that have exactly one of `K` labels each.
///
/// The figures are those of scikit-learn's `classification_report`: 0 where a quotient has no divisor, and averages over
/// the labels that occur in the truth or among the predictions.
public struct Evaluation: Sendable, Equatable {
    /// The three figures of a label, or of an average over labels; fractions of 1.
    public struct Quality: Sendable, Equatable {
        /// Of the texts predicted to have the label, the part that has it.
        public let precision: Double
        /// Of the texts that have the label, the part predicted to have it.
        public let recall: Double
        /// The harmonic mean of precision and recall.
        public let f1: Double
    }

    /// What became of one label.
    public struct Class: Sendable, Equatable {
        /// The label's name.
        public let label: String
        /// Precision, recall and F1.
        public let quality: Quality
        /// How many texts have the label.
        public let support: Int
        /// How many texts were predicted to have it.
        public let predicted: Int
    }

    /// The labels' names, `[K]`.
    public let labels: [String]
    /// How many texts of label `i` were predicted to have label `j`: `[K][K]`, rows true, columns predicted.
    public let confusion: [[Int]]
    /// How the top scores compare with how often they were right.
    public let calibration: Calibration
    /// Each label's figures, `[K]`; also of labels that do not occur.
    public let classes: [Class]
    /// The mean over labels, each counting the same.
    public let macro: Quality
    /// The mean over labels, each counting by its support.
    public let weighted: Quality

    /// How many texts there are.
    public var texts: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }
    /// How many were given their own label.
    public var correct: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }
    /// The part that was given its own label.
    public var accuracy: Double { Self.quotient(correct, texts) }

    /// Compares predictions with the truth.
    ///
    /// - Parameters:
    ///   - labels: names of the `K` labels.
    ///   - truths: the index of each text's label.
    ///   - scores: for each text a score for each label, `[texts][K]`, finite.
    public init(labels: [String], truths: [Int], scores: [[Float]]) {
        precondition(truths.count == scores.count, "every text has a truth and a row of scores")
        precondition(truths.allSatisfy(labels.indices.contains), "a truth is the index of a label")
        precondition(scores.allSatisfy { $0.count == labels.count }, "a row has a score for each label")
        var confusion = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
        var calibration = Calibration()
        for (truth, row) in zip(truths, scores) {
            let predicted = Self.top(of: row)
            confusion[truth][predicted] += 1
            calibration.add(confidence: row[predicted], isCorrect: truth == predicted)
        }
        self.init(labels: labels, confusion: confusion, calibration: calibration)
    }

    /// What follows from how many texts of each label were predicted to have each, `[K][K]`.
    init(labels: [String], confusion: [[Int]], calibration: Calibration = Calibration()) {
        let classes = labels.indices.map { index in
            let support = confusion[index].reduce(0, +)
            let predicted = confusion.reduce(0) { $0 + $1[index] }
            let hits = confusion[index][index]
            return Class(
                label: labels[index],
                quality: Quality(
                    precision: Self.quotient(hits, predicted),
                    recall: Self.quotient(hits, support),
                    // 2pr / (p + r) in terms of counts, which has one rounding and is defined where p or r is not.
                    f1: Self.quotient(2 * hits, support + predicted)
                ),
                support: support,
                predicted: predicted
            )
        }
        self.labels = labels
        self.confusion = confusion
        self.calibration = calibration
        self.classes = classes
        let present = classes.filter { $0.support + $0.predicted > 0 }
        macro = Quality(averaging: present) { _ in 1 }
        weighted = Quality(averaging: present) { Double($0.support) }
    }

    /// The index of the highest score, the first of equal ones: the label that a text is given.
    public static func top(of scores: [Float]) -> Int {
        scores.indices.dropFirst().reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
    }

    fileprivate static func quotient(_ dividend: Int, _ divisor: Int) -> Double {
        divisor == 0 ? 0 : Double(dividend) / Double(divisor)
    }
}

extension Evaluation.Quality {
    fileprivate init(averaging classes: [Evaluation.Class], weight: (Evaluation.Class) -> Double) {
        let total = classes.reduce(0) { $0 + weight($1) }
        func mean(_ figure: (Self) -> Double) -> Double {
            total == 0 ? 0 : classes.reduce(0) { $0 + figure($1.quality) * weight($1) } / total
        }
        self.init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }
}
