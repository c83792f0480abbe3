// SPDX-License-Identifier: Apache-2.0

/// Records by what a model says of them.
public struct PredictionCounts: Sendable, Equatable {
    /// Records by label, `[K]`.
    public private(set) var labels: [Int]
    /// Records by their highest score, in tenths from 0 to 1.
    public private(set) var confidence = [Int](repeating: 0, count: 10)

    init(labels count: Int) { labels = [Int](repeating: 0, count: count) }

    /// Takes a record, by its label and that label's score.
    mutating func add(_ label: Int, _ score: Float) {
        labels[label] += 1
        confidence[min(max(Int(score * 10), 0), 9)] += 1
    }

    /// Takes other records in.
    mutating func add(_ other: PredictionCounts) {
        labels = zip(labels, other.labels).map(+)
        confidence = zip(confidence, other.confidence).map(+)
    }

    /// How many records there are.
    public var records: Int { labels.reduce(0, +) }

    /// How far the labels have drifted from those of the reference, and how far the confidence has.
    public func drift(
        from reference: PredictionCounts
    ) -> (labels: PopulationStability, confidence: PopulationStability) {
        (PopulationStability(reference.labels, labels), PopulationStability(reference.confidence, confidence))
    }
}
