// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How logits become scores.
///
/// The rule is that of Hugging Face's text classification pipeline: `problem_type` decides, then the number of labels.
public enum ScoreFunction: Sendable, Equatable {
    /// Scores of exclusive labels, which sum to 1.
    case softmax
    /// One score for each label by itself.
    case sigmoid
    /// The logits as they are, for regression.
    case none

    /// Applies the function to the logits of one text.
    public func callAsFunction(_ logits: [Float]) -> [Float] {
        switch self {
        case .softmax:
            let highest = logits.max() ?? 0
            let exponentials = logits.map { exp($0 - highest) }
            let sum = exponentials.reduce(0, +)
            return exponentials.map { $0 / sum }
        case .sigmoid:
            return logits.map { 1 / (1 + exp(-$0)) }
        case .none:
            return logits
        }
    }
}

/// A label and its score.
public struct LabelScore: Sendable, Equatable {
    /// The label, as `id2label` names it.
    public let label: String
    /// The score of the label.
    public let score: Float

    /// Creates a pair.
    public init(label: String, score: Float) {
        self.label = label
        self.score = score
    }
}

/// The logits of a batch of texts, taken text by text in its order: each has as many rows as it has sequences.
public struct BatchLogits {
    private var rest: ArraySlice<Float>
    private let labels: Int

    /// - Parameters:
    ///   - logits: `[sequences, labels]`, row-major.
    ///   - labels: logits of one sequence.
    public init(_ logits: ArraySlice<Float>, labels: Int) {
        rest = logits
        self.labels = labels
    }

    /// The logits of the next text, `[encoding.sequences.count, labels]`.
    public mutating func next(for encoding: Encoding) -> ArraySlice<Float> {
        let own = rest.prefix(encoding.sequences.count * labels)
        rest = rest.dropFirst(own.count)
        return own
    }
}

extension Model {
    /// How this model's logits become scores.
    public var scoreFunction: ScoreFunction {
        switch architecture.problemType {
        case .regression: .none
        case .multiLabel: .sigmoid
        default: architecture.labels.count == 1 ? .sigmoid : .softmax
        }
    }

    /// The scores of one text, `[labels]`.
    ///
    /// - Parameters:
    ///   - logits: `[encoding.sequences.count, labels]`, row-major.
    ///   - merge: how windows make one result, where the text has several.
    public func scores(
        of logits: ArraySlice<Float>,
        for encoding: Encoding,
        merging merge: WindowMerge = .mean
    ) -> [Float] {
        let windows = windows(of: logits)
        guard windows.count > 1 else { return scoreFunction(Array(logits)) }
        switch merge {
        case .mean:
            var mean = [Float](repeating: 0, count: architecture.labels.count)
            for (window, ids) in zip(windows, encoding.sequences) {
                let share = Float(ids.count) / Float(encoding.tokenCount)
                for (label, logit) in window.enumerated() { mean[label] += share * logit }
            }
            return scoreFunction(mean)
        case .maxNegative:
            let label = architecture.negativeLabel ?? 0
            let scores = windows.map { scoreFunction(Array($0)) }
            return scores.max { $0[label] < $1[label] } ?? []
        case .last:
            return windows.last.map { scoreFunction(Array($0)) } ?? []
        }
    }

    /// The logits of each window of a text.
    public func windows(of logits: ArraySlice<Float>) -> [ArraySlice<Float>] {
        let labels = architecture.labels.count
        return stride(from: logits.startIndex, to: logits.endIndex, by: labels).map { logits[$0..<$0 + labels] }
    }

    /// Labels with their scores `[labels]`, highest first; equal ones in the order of their ids.
    public func ranking(of scores: [Float]) -> [LabelScore] {
        zip(architecture.labels, scores).map { LabelScore(label: $0, score: $1) }.sorted { $0.score > $1.score }
    }
}

/// How the windows of a long text make one result.
public enum WindowMerge: String, Sendable, CaseIterable {
    /// Their logits are averaged, each weighted by its tokens: a short last window says as much as it holds.
    case mean
    /// The scores are those of the window that is the most negative.
    case maxNegative = "max_negative"
    /// The scores are those of the last window.
    case last
}

extension Architecture {
    /// The label `negative`, in any case; nil where there is none.
    public var negativeLabel: Int? { labels.firstIndex { $0.lowercased() == "negative" } }
}
