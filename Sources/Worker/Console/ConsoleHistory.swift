// SPDX-License-Identifier: Apache-2.0

/// What a worker did in the last minutes, a point each second, for charts. Pure.
struct ConsoleHistory {
    /// What is counted at one moment, since the start.
    struct Reading {
        let time: ContinuousClock.Instant
        /// Records that have a result, or none for good.
        let ended: Int
        /// Tagged records by label.
        let labels: [String: Int]
        let lag: Int
        /// Times from records' timestamps to acknowledgement: how many lie at or below each bound, in seconds.
        let latency: [(bound: Double, count: Int)]
        /// Sum and count of the shares that batches are filled to.
        let fill: (sum: Double, count: Int)
    }

    /// What happened in one second.
    struct Point {
        /// Records a second.
        let rate: Double
        /// Tagged records by label.
        let labels: [String: Int]
        let lag: Int
        /// Seconds, of the last ten seconds; nil where no record ended then.
        let p50: Double?
        let p99: Double?
        /// Mean share that batches were filled to; nil where there were none.
        let fill: Double?
    }

    private(set) var points: [Point] = []
    private var readings: [Reading] = []

    /// Ten minutes.
    static let length = 600
    /// Readings between which percentiles are taken: those of one second alone jump about.
    private static let span = 10

    /// Adds what is counted now; the first time there is nothing to compare with.
    mutating func add(_ reading: Reading) {
        defer { readings = readings.suffix(Self.span - 1) + [reading] }
        guard let before = readings.last, let first = readings.first else { return }
        let seconds = max((reading.time - before.time) / .seconds(1), 0.001)
        let batches = reading.fill.count - before.fill.count
        points.append(
            Point(
                rate: Double(reading.ended - before.ended) / seconds,
                labels: reading.labels.merging(before.labels) { $0 - $1 },
                lag: reading.lag,
                p50: Self.percentile(0.5, from: first.latency, to: reading.latency),
                p99: Self.percentile(0.99, from: first.latency, to: reading.latency),
                fill: batches > 0 ? (reading.fill.sum - before.fill.sum) / Double(batches) : nil
            )
        )
        if points.count > Self.length { points.removeFirst() }
    }

    /// Below which value a share of those lies that came between two readings of one histogram, in a straight line within
    /// its bucket; nil where none came.
    static func percentile(
        _ share: Double,
        from before: [(bound: Double, count: Int)],
        to after: [(bound: Double, count: Int)]
    ) -> Double? {
        let counts = zip(after, before).map { $0.count - $1.count }
        guard let total = counts.last, total > 0 else { return nil }
        let wanted = share * Double(total)
        guard let index = counts.firstIndex(where: { Double($0) >= wanted }) else { return after.last?.bound }
        let (low, below) = index > 0 ? (after[index - 1].bound, counts[index - 1]) : (0, 0)
        let part = (wanted - Double(below)) / Double(max(counts[index] - below, 1))
        return low + (after[index].bound - low) * part
    }
}
