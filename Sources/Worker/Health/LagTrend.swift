// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Where a consumer's lag is going: the slope of the line through what it was in the last minute. Pure.
struct LagTrend {
    private var points: [(time: ContinuousClock.Instant, lag: Double)] = []
    private var partitions: Set<TopicPartition> = []

    private static let window = Duration.seconds(60)
    /// A shorter time says nothing: offsets are committed once in a while.
    private static let leastTime = Duration.seconds(5)

    /// The lag, in records, of all partitions together. With others than before, what was before says nothing.
    mutating func add(_ lag: Int, of partitions: Set<TopicPartition>, at now: ContinuousClock.Instant) {
        if partitions != self.partitions { points = [] }
        self.partitions = partitions
        points.removeAll { now - $0.time > Self.window }
        points.append((now, Double(lag)))
    }

    /// Records a second by which the lag grows; nil while there is too little to tell.
    var recordsPerSecond: Double? {
        guard let first = points.first, let last = points.last, last.time - first.time >= Self.leastTime else {
            return nil
        }
        let times = points.map { ($0.time - first.time) / .seconds(1) }
        let meanTime = times.reduce(0, +) / Double(times.count)
        let meanLag = points.reduce(0) { $0 + $1.lag } / Double(points.count)
        var (products, squares) = (0.0, 0.0)
        for (time, point) in zip(times, points) {
            products += (time - meanTime) * (point.lag - meanLag)
            squares += (time - meanTime) * (time - meanTime)
        }
        return products / squares
    }
}

/// The lag of all consumers of a worker, and when it will be over.
struct LagForecast {
    /// Records that are not done.
    let records: Int
    /// Records a second by which that grows; nil where it is not known of each consumer.
    let recordsPerSecond: Double?

    init(_ workers: [Health.Status]) {
        records = workers.flatMap(\.progress).reduce(0) { $0 + ($1.lag ?? 0) }
        let trends = workers.compactMap(\.lagTrend)
        recordsPerSecond = trends.count == workers.count && !workers.isEmpty ? trends.reduce(0, +) : nil
    }

    /// Seconds until no record is left; infinite where the lag does not shrink, nil where that is not known.
    var seconds: Double? {
        if records == 0 { return 0 }
        return recordsPerSecond.map { $0 < 0 ? Double(records) / -$0 : .infinity }
    }
}
