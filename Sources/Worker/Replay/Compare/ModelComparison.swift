// SPDX-License-Identifier: Apache-2.0

/// What two models say of the same records: where they differ, how their labels are spread over time, and how good each
/// expects itself to be. Nobody knows the labels that are right.
public struct ModelComparison: Sendable {
    /// What one of the models says of all records.
    public struct Side: Sendable, Equatable {
        /// What it says of them.
        public fileprivate(set) var counts: PredictionCounts
        /// How good it is by its own scores.
        public fileprivate(set) var quality: EstimatedQuality

        fileprivate init(labels count: Int) {
            counts = PredictionCounts(labels: count)
            quality = EstimatedQuality(labels: count)
        }

        fileprivate mutating func add(_ scores: [Float], _ label: Int) {
            counts.add(label, scores[label])
            quality.add(scores, predicted: label)
        }
    }

    /// A record whose scores are others.
    public struct Mover: Sendable {
        /// Its id, without a model.
        public let id: String
        /// The label that the first model gives it, and that label's score.
        public let before: (label: String, score: Float)
        /// The same of the second one.
        public let after: (label: String, score: Float)
        /// How much of the score lies elsewhere, from 0 to 1: half of the sum of all differences.
        public let distance: Float
        /// Its text.
        public let text: String?
    }

    /// The records that moved most, at most.
    static let movers = 20

    /// The labels' names, `[K]`.
    public let labels: [String]
    /// How many records the first model gives label `i`, and the second label `j`: `[K][K]`.
    public private(set) var flips: [[Int]]
    /// The first model.
    public private(set) var before: Side
    /// The second.
    public private(set) var after: Side
    /// The records that moved most, the furthest first.
    public private(set) var movers: [Mover] = []
    /// Records that the first model alone has scored.
    public internal(set) var onlyBefore = 0
    /// Records that the second model alone has scored.
    public internal(set) var onlyAfter = 0
    /// Records that neither has scored: those that could not be tagged, or were not to be.
    public internal(set) var unscored = 0
    /// By hour.
    private(set) var hours: [Int64: Period] = [:]

    init(labels: [String]) {
        self.labels = labels
        flips = Array(repeating: Array(repeating: 0, count: labels.count), count: labels.count)
        before = Side(labels: labels.count)
        after = Side(labels: labels.count)
    }

    /// Records that both have scored.
    public var records: Int { before.quality.texts }
    /// Records that both give the same label.
    public var agreeing: Int { flips.indices.reduce(0) { $0 + flips[$1][$1] } }
    /// The part that both give the same label; 1 without records.
    public var agreement: Double { records == 0 ? 1 : Double(agreeing) / Double(records) }
    /// How far the second model's labels and confidence lie from the first one's.
    public var drift: (labels: PopulationStability, confidence: PopulationStability) {
        after.counts.drift(from: before.counts)
    }

    /// Takes what both models say of a record, `[K]` each.
    ///
    /// - Parameter time: of the record, in milliseconds since 1970.
    mutating func add(id: String, _ first: [Float], _ second: [Float], time: Int64?, text: @autoclosure () -> String?) {
        let (one, other) = (Self.top(of: first), Self.top(of: second))
        flips[one][other] += 1
        before.add(first, one)
        after.add(second, other)
        if let time {
            let hour = Period.hour(of: time)
            hours[hour, default: Period(hour: hour, labels: labels.count)].before.add(one, first[one])
            hours[hour, default: Period(hour: hour, labels: labels.count)].after.add(other, second[other])
        }
        let distance = zip(first, second).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
        guard distance > 0, movers.count < Self.movers || distance > movers[movers.count - 1].distance else { return }
        let mover = Mover(
            id: id,
            before: (labels[one], first[one]),
            after: (labels[other], second[other]),
            distance: distance,
            text: text()
        )
        movers.insert(mover, at: movers.firstIndex { $0.distance < distance } ?? movers.count)
        if movers.count > Self.movers { movers.removeLast() }
    }

    private static func top(of scores: [Float]) -> Int {
        scores.indices.dropFirst().reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
    }
}
