// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials
import Kafka
internal import Threading

/// How the worker is doing: whether it is ready and why not, and how far its partitions are committed.
///
/// The threads tell it what happens; metrics and HTTP read it. It steers nothing.
final class Health: Sendable {
    private struct State {
        var workers: [(worker: ConsumerWorker, source: any RecordSource)] = []
        var isDraining = false
        /// Kafka did not answer when it was last spoken to.
        var isKafkaUnavailable = false
        var stalled: Set<ObjectIdentifier> = []
        var paused: Set<ObjectIdentifier> = []
        var committed: [TopicPartition: OffsetAndMetadata] = [:]
        var lastCommit: Date?
    }

    /// What there is to see of one consumer worker.
    struct Status {
        let account: AssignedPartitions.Account
        let isPaused: Bool
        /// What is committed and the end, of the partitions of which that is known.
        let progress: [(partition: TopicPartition, committed: OffsetAndMetadata, end: Int64?)]
    }

    private let state = Monitor(State())

    /// Says whose health this is.
    func observe(_ workers: [(worker: ConsumerWorker, source: any RecordSource)]) {
        state.withLock { $0.workers = workers }
    }

    // MARK: What happens

    /// The worker has begun to stop.
    func draining() { state.withLock { $0.isDraining = true } }

    func kafkaFailed(_ error: KafkaError) {
        guard error.kind == .brokerUnavailable else { return }
        state.withLock { $0.isKafkaUnavailable = true }
    }

    /// Kafka answers, whatever it did before.
    func kafkaAnswered() { state.withLock { $0.isKafkaUnavailable = false } }

    /// A consumer worker has records and commits none, or does so again.
    func stalled(_ worker: ConsumerWorker, _ isStalled: Bool) {
        state.withLock { $0.stalled.set(ObjectIdentifier(worker), isStalled) }
    }

    /// A consumer worker's partitions are paused for lack of room, or read again.
    func paused(_ worker: ConsumerWorker, _ isPaused: Bool) {
        state.withLock { $0.paused.set(ObjectIdentifier(worker), isPaused) }
    }

    func committed(_ offsets: [TopicPartition: OffsetAndMetadata]) {
        state.withLock { state in
            state.committed.merge(offsets) { $1 }
            state.lastCommit = .now
        }
    }

    /// These partitions were revoked.
    func forget(_ partitions: [TopicPartition]) {
        state.withLock { state in
            for partition in partitions { state.committed[partition] = nil }
        }
    }

    // MARK: What follows from it

    /// Why the worker is not ready; nil if it is.
    var unreadiness: String? {
        let now = state.withLock { $0 }
        if now.isDraining { return "draining" }
        guard now.workers.allSatisfy({ $0.worker.withPartitions(\.hasJoined) }) else { return "joining the group" }
        if now.isKafkaUnavailable { return "kafka does not answer" }
        return now.stalled.isEmpty ? nil : "no offsets committed for stall.timeout"
    }

    /// Whether the last that was heard of Kafka is that it does not answer.
    var isKafkaUnavailable: Bool { state.withLock { $0.isKafkaUnavailable } }

    /// Consumer workers that have records and commit none.
    var stalledWorkers: Int { state.withLock { $0.stalled.count } }

    /// When offsets were last committed, in seconds since 1970.
    var lastCommit: Double? { state.withLock { $0.lastCommit?.timeIntervalSince1970 } }

    /// What this worker has committed of these partitions.
    func committedOffsets(of partitions: [TopicPartition]) -> [TopicPartition: OffsetAndMetadata] {
        let committed = state.withLock { $0.committed }
        return Dictionary(uniqueKeysWithValues: partitions.compactMap { key in committed[key].map { (key, $0) } })
    }

    /// The consumer workers as they are.
    var statuses: [Status] {
        let now = state.withLock { $0 }
        return now.workers.map { entry in
            let account = entry.worker.account
            return Status(
                account: account,
                isPaused: now.paused.contains(ObjectIdentifier(entry.worker)),
                progress: account.assignment.compactMap { partition in
                    now.committed[partition].map { committed in
                        (partition, committed, entry.source.cachedWatermarks(of: partition)?.high)
                    }
                }
            )
        }
    }
}

extension Set {
    fileprivate mutating func set(_ element: Element, _ isMember: Bool) {
        if isMember { insert(element) } else { remove(element) }
    }
}
