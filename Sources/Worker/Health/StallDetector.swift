// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Notices that a consumer worker has records and commits none. Pure: time comes in as a parameter.
struct StallDetector {
    /// What a look came to.
    enum Change {
        case stalled
        case recovered
    }

    private let timeout: Duration
    private var committed: [TopicPartition: OffsetAndMetadata] = [:]
    /// Since when there was something to commit and nothing was; nil if there is nothing.
    private var since: ContinuousClock.Instant?
    private(set) var isStalled = false

    /// - Parameter timeout: how long records may wait without any commit.
    init(timeout: Duration) { self.timeout = timeout }

    /// Looks at a consumer worker.
    ///
    /// - Parameters:
    ///   - committed: what was committed of the partitions that it has. While a gap is left, the offset may stay and the
    ///     metadata change.
    ///   - ends: where these partitions end, as far as that is known.
    ///   - inFlight: records that it has read and not committed.
    mutating func look(
        committed: [TopicPartition: OffsetAndMetadata],
        ends: [TopicPartition: Int64],
        inFlight: Int,
        at now: ContinuousClock.Instant
    ) -> Change? {
        let isBehind = inFlight > 0 || committed.contains { ends[$0.key] ?? 0 > $0.value.offset }
        if !isBehind || committed != self.committed { since = nil }
        self.committed = committed
        if isBehind, since == nil { since = now }
        let wasStalled = isStalled
        isStalled = since.map { now - $0 >= timeout } ?? false
        if isStalled == wasStalled { return nil }
        return isStalled ? .stalled : .recovered
    }
}
