// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Keeps records out while there is no room for them: which partitions are paused, and what came all the same. Pure: the
/// intake carries out what it says.
///
/// Only a partition that has begun, with a record or its end, is paused or resumed. Before that librdkafka (2.0.2) may
/// take the order to begin for one that the pause, or the resumption, has overtaken, and the partition is never read. So
/// partitions that begin meanwhile are paused at their first record, and that is set aside.
struct PauseGate {
    private var paused: Set<TopicPartition> = []
    private var setAside: [Record] = []

    /// How many records are set aside.
    var count: Int { setAside.count }

    /// Whether records of a partition are set aside.
    func holds(_ partition: TopicPartition) -> Bool { setAside.contains { $0.topicPartition == partition } }

    /// Takes what came, and gives what there is room for, the oldest first. The rest is set aside.
    mutating func pass(_ records: [Record], room: Int) -> [Record] {
        setAside += records
        let passed = Array(setAside.prefix(max(room, 0)))
        setAside.removeFirst(passed.count)
        return passed
    }

    /// The partitions that are to be paused now.
    ///
    /// - Parameter begun: those of which a record was admitted, or the end was reached.
    mutating func pause(_ begun: [TopicPartition]) -> [TopicPartition] {
        let added = Set(begun).union(setAside.map(\.topicPartition)).subtracting(paused)
        paused.formUnion(added)
        return Array(added)
    }

    /// The partitions that are to be resumed: all that were paused.
    mutating func release() -> [TopicPartition] {
        defer { paused = [] }
        return Array(paused)
    }

    /// These partitions were revoked; if they come back, they are not paused and begin where they are committed.
    mutating func drop(_ revoked: Set<TopicPartition>) {
        paused.subtract(revoked)
        setAside.removeAll { revoked.contains($0.topicPartition) }
    }
}
