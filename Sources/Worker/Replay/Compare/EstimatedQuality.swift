// SPDX-License-Identifier: Apache-2.0

/// How good a classifier is on texts whose labels nobody knows, by its own scores: confidence-based performance estimation.
///
/// A text that is given its label with a score of 0.9 is taken to have it with a probability of 0.9, and the others with
/// theirs: so each text is spread over a row of the confusion matrix, and the figures follow from that. It says as much as
/// the scores are calibrated, and nothing of texts that are unlike those that they were calibrated on. NannyML,
/// "Performance estimation: CBPE", docs/how_it_works/performance_estimation.rst of its 0.5.0.
public struct EstimatedQuality: Sendable, Equatable {
    /// Expected texts of label `i` that are given label `j`: `[K][K]`, rows true, columns predicted.
    public private(set) var confusion: [[Double]]
    /// Texts.
    public private(set) var texts = 0
    /// Whether all scores summed to 1; those of labels that do not exclude each other say nothing here.
    public private(set) var isMeaningful = true
    private static let tolerance: Float = 0.01

    init(labels: Int) { confusion = Array(repeating: Array(repeating: 0, count: labels), count: labels) }

    /// Takes the scores of a text, `[K]`, of which that of `predicted` is the highest.
    mutating func add(_ scores: [Float], predicted: Int) {
        isMeaningful = isMeaningful && abs(scores.reduce(0, +) - 1) <= Self.tolerance
        texts += 1
        for (label, score) in scores.enumerated() { confusion[label][predicted] += Double(score) }
    }

    /// The part that is expected to have its label; 0 without texts.
    public var accuracy: Double {
        texts == 0 ? 0 : confusion.indices.reduce(0) { $0 + confusion[$1][$1] } / Double(texts)
    }

    /// The F1 of each label, weighted by how many texts are expected to have it; 0 without texts.
    public var weightedF1: Double {
        guard texts > 0 else { return 0 }
        return confusion.indices.reduce(0) { sum, label in
            let support = confusion[label].reduce(0, +)
            let predicted = confusion.reduce(0) { $0 + $1[label] }
            let both = support + predicted
            return sum + (both == 0 ? 0 : 2 * confusion[label][label] / both) * support
        } / Double(texts)
    }
}
