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

extension [LabelScore] {
    /// The scores of a classifier beside the main one, highest first, as thresholds name them: `toxicity.toxic`, and
    /// `toxicity.*` for the highest.
    package func named(by classifier: String) -> [LabelScore] {
        prefix(1).map { LabelScore(label: classifier + ".*", score: $0.score) }
            + map { LabelScore(label: "\(classifier).\($0.label)", score: $0.score) }
    }
}

/// What a classifier says of a batch of texts, taken text by text in its order: each has as many rows as it has sequences.
public struct BatchRows {
    private var rest: ArraySlice<Float>
    private let width: Int

    /// - Parameters:
    ///   - rows: `[sequences, rowWidth]`, row-major.
    ///   - model: the one that said it.
    public init(_ rows: ArraySlice<Float>, of model: Model) {
        rest = rows
        width = model.rowWidth
    }

    /// The rows of the next text, `[encoding.sequences.count, rowWidth]`.
    public mutating func next(for encoding: Encoding) -> ArraySlice<Float> {
        let own = rest.prefix(encoding.sequences.count * width)
        rest = rest.dropFirst(own.count)
        return own
    }
}

extension Architecture {
    /// How such a model's logits become scores.
    public var scoreFunction: ScoreFunction {
        switch problemType {
        case .regression: .none
        case .multiLabel: .sigmoid
        default: labels.count == 1 ? .sigmoid : .softmax
        }
    }
}

extension Model {
    /// How this model's logits become scores.
    public var scoreFunction: ScoreFunction { architecture.scoreFunction }

    /// The labels of results, in the order of the scores: the head's, by the names that the model was loaded with.
    public var labels: [String] { resultLabels.names }

    /// The label `negative`, in any case; nil where there is none.
    public var negativeLabel: Int? { labels.firstIndex { $0.lowercased() == "negative" } }

    /// The scores of one row of logits, `[labels]`.
    ///
    /// - Parameter logits: of the head's labels.
    public func scores(of logits: some Sequence<Float>) -> [Float] {
        resultLabels.scores(scoreFunction(Array(logits)), by: scoreFunction)
    }

    /// What a classifier says of one sequence: the logits of its labels, and behind them how many layers it went through.
    public var rowWidth: Int { architecture.labels.count + 1 }

    /// The scores of one text, `[labels]`.
    ///
    /// - Parameters:
    ///   - rows: `[encoding.sequences.count, rowWidth]`, row-major.
    ///   - merge: how windows make one result, where the text has several.
    public func scores(
        of rows: ArraySlice<Float>,
        for encoding: Encoding,
        merging merge: WindowMerge = .mean
    ) -> [Float] {
        let windows = windows(of: rows)
        guard windows.count > 1 else { return scores(of: windows.flatMap(\.self)) }
        switch merge {
        case .mean:
            var mean = [Float](repeating: 0, count: architecture.labels.count)
            for (window, ids) in zip(windows, encoding.sequences) {
                let share = Float(ids.count) / Float(encoding.tokenCount)
                for (label, logit) in window.enumerated() { mean[label] += share * logit }
            }
            return scores(of: mean)
        case .maxNegative:
            let label = negativeLabel ?? 0
            let scores = windows.map { self.scores(of: $0) }
            return scores.max { $0[label] < $1[label] } ?? []
        case .last:
            return windows.last.map { scores(of: $0) } ?? []
        }
    }

    /// The logits of each window of a text.
    public func windows(of rows: ArraySlice<Float>) -> [ArraySlice<Float>] {
        stride(from: rows.startIndex, to: rows.endIndex, by: rowWidth).map { rows[$0..<$0 + rowWidth - 1] }
    }

    /// How many layers a text went through: of its windows, the one that went farthest.
    public func layers(of rows: ArraySlice<Float>) -> Int {
        let ends = stride(from: rows.startIndex + rowWidth - 1, to: rows.endIndex, by: rowWidth)
        return ends.map { Int(rows[$0]) }.max() ?? architecture.layers
    }

    /// Labels with their scores `[labels]`, highest first; equal ones in the order of their ids.
    public func ranking(of scores: [Float]) -> [LabelScore] {
        zip(labels, scores).map { LabelScore(label: $0, score: $1) }.sorted { $0.score > $1.score }
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
