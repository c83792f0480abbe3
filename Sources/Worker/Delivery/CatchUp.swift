// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Decides when the front of a partition jumps ahead, so that the newest records are tagged at once. Pure: times come in as
/// parameters.
struct CatchUp {
    /// How old a record at the front has to be.
    private let age: Duration
    private var jumped: [TopicPartition: ContinuousClock.Instant] = [:]

    /// Offsets that it does not pay to jump over: they are read as soon.
    private static let leastGap: Int64 = 64

    init(after age: Duration) { self.age = age }

    /// What the front is to jump over where this record is the next to be read; nil if nothing.
    ///
    /// A front that has jumped is behind again no sooner than after the time that its records may be old. What is older
    /// all the same was written with an old time, and to jump for each of them would leave gaps without end.
    /// - Parameters:
    ///   - end: of the partition, as far as it is known.
    ///   - time: in milliseconds since 1970.
    func gap(at record: Record, end: Int64?, time: Int64, now: ContinuousClock.Instant) -> Range<Int64>? {
        guard let written = record.timestamp, .milliseconds(time - written.milliseconds) > age,
            let end, end - record.offset > Self.leastGap
        else { return nil }
        if let last = jumped[record.topicPartition], now - last < age { return nil }
        return record.offset..<end
    }

    /// The front of a partition has jumped.
    mutating func jumped(_ partition: TopicPartition, at now: ContinuousClock.Instant) { jumped[partition] = now }

    /// These partitions were revoked.
    mutating func drop(_ revoked: Set<TopicPartition>) {
        for partition in revoked { jumped[partition] = nil }
    }
}
