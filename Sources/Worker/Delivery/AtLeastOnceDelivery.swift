// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

/// Publishes results in order and commits offsets once all before them are acknowledged: at least once.
struct AtLeastOnceDelivery: Delivery {
    private enum Commit {
        /// None is under way; the next one is due then, or before if much could be committed.
        case due(ContinuousClock.Instant)
        case starting
        /// There is one at a time, for librdkafka may send a later one first while the coordinator moves.
        case underWay(lookAt: ContinuousClock.Instant)
    }

    private let refusal: Refusal
    private let commitInterval: Duration

    private var window = SendWindow()
    private var tokens: UInt64 = 0
    /// What the producer has.
    private var unreported: [UInt64: Outgoing] = [:]
    /// What is to go before anything new, in a batch of its own where its record says so.
    private var queued: [Outgoing] = []
    /// The last message that was sent is to stay alone in its batch.
    private var isLastAlone = false
    private var isQueueFull = false
    private var areReportsWaiting = false
    private var commit: Commit
    private var failure: WorkerError?

    /// Records whose messages are sent at once: few, so that delivery reports are looked at in between.
    private static let recordsPerTurn = 4_096
    /// How often the result of a commit is looked for, and whether the group is still being joined.
    private static let commitPause = Duration.milliseconds(10)
    private static let queuePause = Duration.milliseconds(100)

    init(deadLetter: DeadLetter, commitInterval: Duration, at now: ContinuousClock.Instant) {
        refusal = Refusal(deadLetter: deadLetter, isForAll: false)
        self.commitInterval = commitInterval
        commit = .due(now)
    }

    var isStartingCommit: Bool {
        if case .starting = commit { true } else { false }
    }

    mutating func next(
        _ work: inout DeliveryWork,
        isJoining: Bool,
        at now: ContinuousClock.Instant
    ) -> DeliveryAction {
        if let failure { return .stop(failure) }
        if work.phase == .closed { return .stop(nil) }
        if areReportsWaiting {
            areReportsWaiting = false
            return .poll(timeout: .zero)
        }
        if case .underWay(let time) = commit, time <= now {
            commit = .underWay(lookAt: now + Self.commitPause)
            return .poll(timeout: .zero)
        }
        if let positions = positionsToCommit(&work, isJoining: isJoining, at: now) { return .startCommit(positions) }
        if isQueueFull {
            isQueueFull = false
            return .poll(timeout: Self.queuePause)
        }
        if let action = send(&work, at: now) { return action }
        let due: ContinuousClock.Instant
        switch commit {
        case .due(let time): due = time
        case .underWay(let time): due = time
        case .starting: due = now + Self.commitPause
        }
        return .wait(until: window.wake(by: due, at: now))
    }

    mutating func take(
        _ event: DeliveryEvent,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        defer { settleDemand(&work) }
        switch event {
        case .reportsWaiting:
            areReportsWaiting = true
        case .reported(let reports):
            return take(reports, &work)
        case .clientErrors(let errors):
            if let error = errors.first(where: \.isFinal) { failure = failure ?? .kafka(error) }
            return errors.map { .clientError($0) }
        case .notSent(let rest, let error):
            return notSent(rest, error, &work)
        case .commitStarted:
            commit = .underWay(lookAt: now + Self.commitPause)
        case .committed(let offsets):
            commit = .due(now + commitInterval)
            return [.committed(offsets)]
        case .commitFailed(let error):
            return commitFailed(error, &work, at: now)
        case .called, .callFailed, .queried, .queryFailed:
            preconditionFailure("this delivery has no transactions")
        }
        return []
    }

    // MARK: Messages

    private mutating func send(_ work: inout DeliveryWork, at now: ContinuousClock.Instant) -> DeliveryAction? {
        if queued.isEmpty, window.maySend(unreported: unreported.count, at: now) {
            for _ in 0..<Self.recordsPerTurn {
                guard let item = work.partitions.next() else { break }
                for index in item.indices { queued.append(outgoing(item, index)) }
            }
        }
        guard let first = queued.first else { return nil }
        if (isLastAlone || first.goesAlone) && !unreported.isEmpty { return .flush }
        isLastAlone = first.goesAlone
        let batch = isLastAlone ? [first] : Array(queued.prefix { !$0.goesAlone })
        queued.removeFirst(batch.count)
        for outgoing in batch { unreported[outgoing.token] = outgoing }
        window.sent(at: now)
        return .send(batch)
    }

    private mutating func outgoing(_ item: InFlight, _ index: Int) -> Outgoing {
        tokens += 1
        return Outgoing(token: tokens, item: item, index: index)
    }

    private mutating func notSent(
        _ rest: [Outgoing],
        _ error: KafkaError,
        _ work: inout DeliveryWork
    ) -> [DeliveryNotice] {
        for outgoing in rest { unreported[outgoing.token] = nil }
        queued = rest + queued
        if error.kind == .queueFull {
            isQueueFull = true
        } else if let first = rest.first, mend(first, error, isCertain: true) == .drop {
            queued.removeFirst()
            return acknowledge([first.item], &work)
        }
        return []
    }

    /// So many messages of these records are done with.
    private func acknowledge(_ items: [InFlight], _ work: inout DeliveryWork) -> [DeliveryNotice] {
        let delivered = items.filter { $0.acknowledge() }
        for item in delivered { work.partitions.resolve(item) }
        return delivered.isEmpty ? [] : [.delivered(delivered)]
    }

    private mutating func take(_ reports: [DeliveryReport], _ work: inout DeliveryWork) -> [DeliveryNotice] {
        var done: [InFlight] = []
        var refused: [Outgoing] = []
        for report in reports {
            guard let outgoing = unreported.removeValue(forKey: report.token) else { continue }
            if let error = report.error, mend(outgoing, error, isCertain: false) != .drop {
                refused.append(self.outgoing(outgoing.item, outgoing.index))
            } else {
                done.append(outgoing.item)
            }
        }
        // Before what is new, so that little overtakes them.
        queued = refused + queued
        return acknowledge(done, &work)
    }

    private mutating func mend(_ outgoing: Outgoing, _ error: KafkaError, isCertain: Bool) -> Refusal.Remedy {
        do throws(WorkerError) {
            let remedy = try refusal.mend(outgoing, error, isCertain: isCertain)
            if remedy == .none { failure = failure ?? .kafka(error) }
            return remedy
        } catch {
            failure = failure ?? error
            return .none
        }
    }

    // MARK: Commits

    private mutating func positionsToCommit(
        _ work: inout DeliveryWork,
        isJoining: Bool,
        at now: ContinuousClock.Instant
    ) -> [TopicPartition: OffsetAndMetadata]? {
        guard case .due(let time) = commit, time <= now || work.partitions.wantsCommit || isDemanded(work) else {
            return nil
        }
        guard !isJoining else {
            commit = .due(now + Self.commitPause)
            return nil
        }
        commit = .due(now + commitInterval)
        let positions = work.partitions.duePositions
        guard !positions.isEmpty else {
            settleDemand(&work)
            return nil
        }
        work.partitions.commit(positions)
        commit = .starting
        return positions
    }

    private mutating func commitFailed(
        _ error: KafkaError,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        commit = .due(now + commitInterval)
        // Those who wait are not kept waiting by a group that refuses: the records are done again elsewhere.
        if isDemanded(work) { work.demand = .nothing }
        work.partitions.commitFailed()
        if error.isFinal { failure = failure ?? .kafka(error) }
        return [.commitFailed(error)]
    }

    /// Whether the next commit is waited for: nothing that it waits for itself is left.
    private func isDemanded(_ work: DeliveryWork) -> Bool {
        switch work.demand {
        case .nothing: false
        case .commit: true
        case .drain(let partitions): work.partitions.isDrained(partitions)
        }
    }

    private func settleDemand(_ work: inout DeliveryWork) {
        // Offsets of a commit that is under way count as committed to the partitions, and not to those who wait.
        guard case .due = commit else { return }
        switch work.demand {
        case .nothing: break
        case .commit: if work.partitions.duePositions.isEmpty { work.demand = .nothing }
        case .drain(let partitions): if work.partitions.isSettled(partitions) { work.demand = .nothing }
        }
    }
}
