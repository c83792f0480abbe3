// SPDX-License-Identifier: Apache-2.0
/// What the predictions of a window are like, in counts.
struct PredictionProfile: Codable, Sendable, Equatable {
    private(set) var records = 0
    /// Records by the label that they got, in the order of the model's labels.
    private(set) var labels: [Int]
    /// Records by the score of that label, in tenths.
    private(set) var confidence = [Int](repeating: 0, count: confidenceBins)
    /// Tokens, [CLS] and [SEP] included, and those of them that stand for what the vocabulary lacks.
    private(set) var (tokens, unknown) = (0, 0)

    static let confidenceBins = 10

    /// - Parameter labels: how many the model has.
    init(labels: Int) { self.labels = [Int](repeating: 0, count: labels) }

    mutating func add(label: Int, score: Float, tokens: Int, unknown: Int) {
        records += 1
        labels[label] += 1
        // Scores of models for regression are of any size.
        let bin = Int(min(max(score, 0), 1) * Float(Self.confidenceBins))
        confidence[min(bin, Self.confidenceBins - 1)] += 1
        self.tokens += tokens
        self.unknown += unknown
    }

    /// The share of tokens that stand for what the vocabulary lacks.
    var unknownShare: Double { tokens > 0 ? Double(unknown) / Double(tokens) : 0 }

    /// Tokens of a text.
    var meanTokens: Double { records > 0 ? Double(tokens) / Double(records) : 0 }

    /// Whether the counts can be those of a window of a model with so many labels, whoever wrote them.
    func isSound(labels count: Int) -> Bool {
        let all = labels + confidence + [records, tokens, unknown]
        guard labels.count == count, confidence.count == Self.confidenceBins,
            all.allSatisfy({ (0...1 << 48).contains($0) })
        else { return false }
        return records > 0 && labels.reduce(0, +) == records && confidence.reduce(0, +) == records && unknown <= tokens
    }
}
