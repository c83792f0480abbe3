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
        /// When partitions were last seen without a lag, in milliseconds since 1970.
        var caughtUp: [TopicPartition: Int64] = [:]
        /// Where partitions end that are not fetched from, as Kafka was asked for it.
        var ends: [TopicPartition: Int64] = [:]
        var trends: [ObjectIdentifier: LagTrend] = [:]
        var liveness: Liveness
    }

    /// What there is to see of one consumer worker.
    struct Status {
        let account: AssignedPartitions.Account
        let isPaused: Bool
        /// Of the partitions of which it is known what is committed.
        let progress: [PartitionProgress]
        /// Records a second by which the lag grows.
        let lagTrend: Double?
    }

    private let state: Monitor<State>

    /// - Parameter maxPollInterval: after which the group puts out a consumer that does not poll.
    init(maxPollInterval: Duration = .zero) {
        state = Monitor(State(liveness: Liveness(maxPollInterval: maxPollInterval)))
    }

    /// Says whose health this is, from now on.
    func observe(_ workers: [(worker: ConsumerWorker, source: any RecordSource)]) {
        // The clients of those before may go with them, which takes time: not under the lock.
        let before = state.withLock { state in
            defer { state.workers = workers }
            state.isDraining = false
            (state.stalled, state.paused, state.trends) = ([], [], [:])
            state.liveness = Liveness(maxPollInterval: state.liveness.pollLimit)
            return state.workers
        }
        withExtendedLifetime(before) {}
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

    /// A thread of a consumer worker begins another round.
    func round(of thread: Liveness.Thread, _ worker: ConsumerWorker, at now: SuspendingClock.Instant = .now) {
        state.withLock { $0.liveness.round(of: thread, ObjectIdentifier(worker), at: now) }
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
            for partition in partitions {
                state.committed[partition] = nil
                state.caughtUp[partition] = nil
                state.ends[partition] = nil
            }
        }
    }

    /// A partition that is not fetched from ends here.
    func ends(_ partition: TopicPartition, at offset: Int64) { state.withLock { $0.ends[partition] = offset } }

    /// A worker's partitions are fetched from again, and tell by themselves where they end.
    func forgetEnds(of worker: ConsumerWorker) {
        let assignment = worker.assignment
        state.withLock { state in
            for partition in assignment where !state.ends.isEmpty { state.ends[partition] = nil }
        }
    }

    /// A consumer worker's lag is looked at, once in a while.
    func look(at worker: ConsumerWorker, _ now: ContinuousClock.Instant = .now) {
        guard let status = statuses(of: worker).first else { return }
        let time = Int64(Date.now.timeIntervalSince1970 * 1_000)
        let known = status.progress.filter { $0.lag != nil }
        state.withLock { state in
            for entry in known where entry.lag == 0 { state.caughtUp[entry.partition] = time }
            state.trends[ObjectIdentifier(worker), default: LagTrend()]
                .add(known.reduce(0) { $0 + ($1.lag ?? 0) }, of: Set(known.map(\.partition)), at: now)
        }
    }

    // MARK: What follows from it

    /// Why the process had better be started anew; nil if it is alive.
    func unliveness(at now: SuspendingClock.Instant = .now) -> String? {
        let state = state.withLock { $0 }
        return state.workers.lazy.filter { !$0.worker.isClosed }
            .compactMap { state.liveness.hanging(of: ObjectIdentifier($0.worker), at: now) }
            .first.map { "a thread hangs: \($0.rawValue)" }
    }

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
    var statuses: [Status] { statuses(of: nil) }

    /// - Parameter worker: the only one to look at; nil for all.
    private func statuses(of worker: ConsumerWorker?) -> [Status] {
        let now = state.withLock { $0 }
        let time = Int64(Date.now.timeIntervalSince1970 * 1_000)
        return now.workers.filter { worker == nil || $0.worker === worker }.map { entry in
            let account = entry.worker.account
            return Status(
                account: account,
                isPaused: now.paused.contains(ObjectIdentifier(entry.worker)),
                progress: account.assignment.compactMap { partition in
                    now.committed[partition].map { committed in
                        PartitionProgress(
                            partition: partition,
                            committed: committed,
                            end: [entry.source.cachedWatermarks(of: partition)?.high, now.ends[partition]]
                                .compactMap(\.self).max(),
                            times: account.times[partition],
                            caughtUp: now.caughtUp[partition],
                            now: time
                        )
                    }
                },
                lagTrend: now.trends[ObjectIdentifier(entry.worker)]?.recordsPerSecond
            )
        }
    }
}

extension Set {
    fileprivate mutating func set(_ element: Element, _ isMember: Bool) {
        if isMember { insert(element) } else { remove(element) }
    }
}
