// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

/// Publishes results in order in transactions, each with the offsets that its results end at: exactly once.
///
/// A transaction that fails is aborted, and its records' messages go out again in the next one. Nothing is read twice: a
/// record in an open transaction is in flight, acknowledged or not, and counts once its transaction is committed.
///
/// ```
/// starting → ready ⇄ flushing → joined → sendingOffsets → committing → ready
///              └────────┴──────────┴───────────┴──────────────┴→ diagnosing → aborting → pausing → ready
///                                                                 └→ renewing → restarting → checking ┘
/// ```
struct TransactionDelivery: Delivery {
    private enum Phase: Equatable {
        /// Older producers of the same id are fenced.
        case starting
        /// Messages are sent as they come.
        case ready
        /// Everything sent is to be acknowledged: only then do its offsets go into the transaction.
        case flushing
        case sendingOffsets([TopicPartition: OffsetAndMetadata])
        case committing([TopicPartition: OffsetAndMetadata])
        /// The transaction has failed, and what failed says not why.
        case diagnosing(KafkaError)
        case aborting
        /// Another producer is made; this error is why.
        case renewing(KafkaError)
        case restarting
        /// Whether these offsets were committed before the producer was lost.
        case checking([TopicPartition: OffsetAndMetadata])
        /// Before the next attempt.
        case pausing
        /// The worker ends with a transaction open.
        case leaving
        case stopped
    }

    private let refusal: Refusal
    private let commitInterval: Duration
    /// After which the coordinator aborts by itself.
    private let timeout: Duration

    private var phase = Phase.starting
    private var entered: ContinuousClock.Instant
    /// When a call that failed for the moment is made again, or the next attempt begins.
    private var retryAt: ContinuousClock.Instant?
    private var retryPause = retryPauses.lowerBound

    private var transaction = OpenTransaction()
    /// Whether the producer has begun the transaction.
    private var hasBegun = false
    /// Messages of the transaction that the producer does not have yet.
    private var queued: [Outgoing] = []
    private var unreported = 0
    private var isLastAlone = false
    private var isQueueFull = false
    private var areReportsWaiting = false
    private var window = SendWindow()
    /// Records of transactions that failed: they go before all others, so that each partition's order stays.
    private var retries: [InFlight] = []
    /// The offsets of a commit that was begun: if it fails it may have happened all the same.
    private var uncertain: [TopicPartition: OffsetAndMetadata]?
    private var nextCommit: ContinuousClock.Instant
    private var failuresInARow = 0
    private var failure: WorkerError?

    private var producerMade: ContinuousClock.Instant
    /// Producers in a row that did not live as long as a transaction may.
    private var shortLives = 0

    /// A producer whose transaction timed out at the coordinator is fenced, and a new one mends that. Where one after the
    /// other is fenced sooner than that can happen, another worker has the same `transactional.id`.
    private static let maxShortLives = 5
    private static let recordsPerTurn = 4_096
    private static let queuePause = Duration.milliseconds(100)
    private static let queryPause = Duration.milliseconds(200)
    private static let retryPauses = Duration.milliseconds(50)...Duration.seconds(2)

    /// - Parameter timeout: `transaction.timeout.ms`.
    init(deadLetter: DeadLetter, commitInterval: Duration, timeout: Duration, at now: ContinuousClock.Instant) {
        refusal = Refusal(deadLetter: deadLetter, isForAll: true)
        self.commitInterval = commitInterval
        self.timeout = timeout
        (entered, nextCommit, producerMade) = (now, now, now)
    }

    /// Offsets go with the membership that was read before they were looked up: the group refuses what a revocation has
    /// overtaken.
    var isStartingCommit: Bool { false }

    // MARK: What is to be done

    mutating func next(
        _ work: inout DeliveryWork,
        isJoining: Bool,
        at now: ContinuousClock.Instant
    ) -> DeliveryAction {
        if work.phase == .closed, phase != .stopped { leave(at: now) }
        if let retryAt {
            guard retryAt <= now || work.phase == .closed else { return .wait(until: retryAt) }
            self.retryAt = nil
        }
        if phase == .pausing { enter(.ready, at: now) }
        switch phase {
        case .starting, .restarting: return .call(.start)
        case .ready: return publish(&work, at: now)
        case .flushing: return flush(at: now)
        case .sendingOffsets(let positions): return .call(.sendOffsets(positions))
        case .committing: return .call(.commit)
        case .diagnosing: return .call(.diagnose)
        case .aborting, .leaving: return .call(.abort)
        case .renewing: return .call(.renew)
        case .checking(let positions): return .queryCommitted(Array(positions.keys))
        case .pausing, .stopped: return .stop(failure)
        }
    }

    private mutating func publish(_ work: inout DeliveryWork, at now: ContinuousClock.Instant) -> DeliveryAction {
        if areReportsWaiting {
            areReportsWaiting = false
            return .poll(timeout: .zero)
        }
        settleDrain(&work)
        let isDue = nextCommit <= now || isToEnd(work)
        if queued.isEmpty, window.maySend(unreported: unreported, at: now) { fill(&work) }
        if isDue {
            nextCommit = now + commitInterval
            if !transaction.isEmpty || !work.partitions.duePositions.isEmpty {
                enter(.flushing, at: now)
                return flush(at: now)
            }
            if work.demand == .commit { work.demand = .nothing }
        }
        return send(at: now) ?? .wait(until: window.wake(by: nextCommit, at: now))
    }

    /// Whether the transaction is to end ahead of its time: a thread waits for it, or it holds half of what may be in
    /// flight, so that the other half can be worked on meanwhile.
    private func isToEnd(_ work: DeliveryWork) -> Bool {
        if work.partitions.isHalf(records: transaction.items.count, bytes: transaction.bytes) { return true }
        switch work.demand {
        case .nothing: return false
        case .commit: return true
        case .drain(let partitions):
            return retries.isEmpty && work.partitions.isHandedOut(partitions)
        }
    }

    /// Takes records into the transaction.
    private mutating func fill(_ work: inout DeliveryWork) {
        var taken = 0
        for item in retries where taken < Self.recordsPerTurn {
            taken += 1
            if work.partitions.isCurrent(item) {
                queued += transaction.add(item)
            } else {
                work.partitions.drop(item)
            }
        }
        retries.removeFirst(taken)
        while taken < Self.recordsPerTurn, let item = work.partitions.next() {
            taken += 1
            queued += transaction.add(item)
        }
    }

    private mutating func send(at now: ContinuousClock.Instant) -> DeliveryAction? {
        guard let first = queued.first else { return nil }
        if !hasBegun { return .call(.begin) }
        if isQueueFull {
            isQueueFull = false
            return .poll(timeout: Self.queuePause)
        }
        if (isLastAlone || first.goesAlone) && unreported > 0 { return .flush }
        isLastAlone = first.goesAlone
        let batch = isLastAlone ? [first] : Array(queued.prefix { !$0.goesAlone })
        queued.removeFirst(batch.count)
        unreported += batch.count
        window.sent(at: now)
        return .send(batch)
    }

    private mutating func flush(at now: ContinuousClock.Instant) -> DeliveryAction {
        if let action = send(at: now) { return action }
        if unreported > 0 { return .flush }
        return .call(hasBegun ? .readMembership : .begin)
    }

    // MARK: What happened

    mutating func take(
        _ event: DeliveryEvent,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        switch event {
        case .reportsWaiting:
            areReportsWaiting = true
            return []
        case .reported(let reports): return take(reports, &work, at: now)
        case .clientErrors(let errors): return take(errors, &work, at: now)
        case .notSent(let rest, let error): return notSent(rest, error, &work, at: now)
        case .called(let call): return called(call, &work, at: now)
        case .callFailed(let call, let error): return callFailed(call, error, &work, at: now)
        case .queried(let committed): return queried(committed, &work, at: now)
        case .queryFailed(let error): return queryFailed(error, &work, at: now)
        case .commitStarted, .committed, .commitFailed:
            preconditionFailure("a transaction's offsets are not committed by themselves")
        }
    }

    private mutating func called(
        _ call: TransactionCall,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        switch (call, phase) {
        case (.start, .restarting):
            guard let uncertain else { return retry(&work, at: now) }
            return check(uncertain, &work, at: now)
        case (.start, _): enter(.ready, at: now)
        case (.begin, _): hasBegun = true
        case (.readMembership, _):
            // A transaction with records of a partition that was revoked must not be committed: the worker that reads it
            // now publishes them too.
            guard transaction.items.allSatisfy({ work.partitions.isCurrent($0) }) else {
                return fail(.assignmentLost(during: "commit of a transaction"), &work, at: now)
            }
            let positions = work.partitions.duePositions(with: transaction.items)
            enter(.sendingOffsets(positions), at: now)
            // Nothing to commit after all, but for an empty transaction that was begun.
            if positions.isEmpty { enter(.committing(positions), at: now) }
        case (.sendOffsets(let positions), _):
            uncertain = positions
            enter(.committing(positions), at: now)
        case (.commit, .committing(let positions)): return committed(positions, &work, at: now)
        case (.abort, .leaving):
            enter(.stopped, at: now)
            return [.transactionLeft]
        case (.abort, _):
            uncertain = nil
            return retry(&work, at: now)
        case (.renew, _):
            producerMade = now
            enter(.restarting, at: now)
        // What failed says all that there is to know.
        case (.diagnose, .diagnosing(let error)):
            // The diagnosis begins a transaction where there is none.
            hasBegun = true
            return recover(from: error, &work, at: now)
        case (.commit, _), (.diagnose, _): break
        }
        return []
    }

    private mutating func callFailed(
        _ call: TransactionCall,
        _ error: KafkaError,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        let mayRetry = [.start, .commit, .abort].contains(call) || isSendOffsets(call)
        if mayRetry, error.isRetriable, !error.requiresAbort, work.phase != .closed,
            phase == .starting || phase == .restarting || now < entered + timeout
        {
            retryAt = now + retryPause
            retryPause = min(retryPause * 2, Self.retryPauses.upperBound)
            return [.retrying(error)]
        }
        switch (call, phase) {
        case (.start, _): return stop(.kafka(error), at: now)
        case (.abort, .leaving):
            enter(.stopped, at: now)
            return [.transactionLeft, .transactionTimesOut(error)]
        case (.abort, _): return renew(after: error, at: now)
        case (.renew, _): return stop(.kafka(error), at: now)
        case (.diagnose, _): return recover(from: error, &work, at: now)
        default: return fail(error, &work, at: now)
        }
    }

    private func isSendOffsets(_ call: TransactionCall) -> Bool {
        if case .sendOffsets = call { true } else { false }
    }

    private mutating func take(
        _ reports: [DeliveryReport],
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        var first: KafkaError?
        for report in reports {
            guard let outgoing = transaction[report.token] else { continue }
            unreported -= 1
            guard let error = report.error else { continue }
            do throws(WorkerError) { _ = try refusal.mend(outgoing, error, isCertain: false) } catch {
                return stop(error, at: now)
            }
            // What is purged is so because of another.
            if first == nil || first?.kind == .purged { first = error }
        }
        guard let first, isInProgress else { return [] }
        return fail(first, &work, at: now)
    }

    private mutating func take(
        _ errors: [KafkaError],
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        let notices = errors.map { DeliveryNotice.clientError($0) }
        if let error = errors.first(where: \.needsIntervention) { return notices + stop(.kafka(error), at: now) }
        guard let error = errors.first(where: \.isFatal), isInProgress else { return notices }
        return notices + fail(error, &work, at: now)
    }

    private mutating func notSent(
        _ rest: [Outgoing],
        _ error: KafkaError,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        unreported -= rest.count
        queued = rest + queued
        guard error.kind != .queueFull, let first = rest.first else {
            isQueueFull = true
            return []
        }
        // A message that the client itself refuses does the transaction no harm: its dead letter goes instead.
        do throws(WorkerError) {
            let remedy = try refusal.mend(first, error, isCertain: true)
            // Other messages of the record may be in the transaction already.
            if remedy == .sendAgain, first.item.messages.count == 1 { return [] }
        } catch {
            return stop(error, at: now)
        }
        return fail(error, &work, at: now)
    }

    /// Whether the transaction may still be committed.
    private var isInProgress: Bool {
        switch phase {
        case .ready, .flushing, .sendingOffsets, .committing: true
        default: false
        }
    }

    // MARK: The end of a transaction

    private mutating func committed(
        _ positions: [TopicPartition: OffsetAndMetadata],
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        let items = transaction.end()
        for item in items { work.partitions.resolve(item) }
        work.partitions.commit(positions)
        hasBegun = false
        unreported = 0
        uncertain = nil
        failuresInARow = 0
        enter(.ready, at: now)
        if work.demand == .commit { work.demand = .nothing }
        settleDrain(&work)
        guard !items.isEmpty || !positions.isEmpty else { return [] }
        return [.transactionCommitted, .committed(positions), .delivered(items)]
    }

    private func settleDrain(_ work: inout DeliveryWork) {
        guard case .drain(let partitions) = work.demand, work.partitions.isSettled(partitions) else { return }
        work.demand = .nothing
    }

    private mutating func fail(
        _ error: KafkaError,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        // These say that the transaction has failed, and not of what.
        if error.name == "_STATE" || error.kind == .purged {
            enter(.diagnosing(error), at: now)
            return []
        }
        return recover(from: error, &work, at: now)
    }

    /// Aborts, and has what the transaction held published again, unless it turns out to be committed.
    private mutating func recover(
        from error: KafkaError,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        if error.needsIntervention { return stop(.kafka(error), at: now) }
        if error.isFatal { return [.transactionAborted(error)] + renew(after: error, at: now) }
        guard hasBegun else { return [.transactionAborted(error)] + retry(&work, at: now) }
        enter(.aborting, at: now)
        return [.transactionAborted(error)]
    }

    /// Puts a new producer in the place of one that is of no use any more. The open transaction ends as the coordinator
    /// had it: committed if that had begun, else aborted.
    private mutating func renew(after error: KafkaError, at now: ContinuousClock.Instant) -> [DeliveryNotice] {
        shortLives = now - producerMade < timeout ? shortLives + 1 : 0
        guard shortLives < Self.maxShortLives, !error.needsIntervention else { return stop(.kafka(error), at: now) }
        enter(.renewing(error), at: now)
        return [.producerRenewed(error)]
    }

    /// Asks the group how far it is. Partitions that were revoked since say nothing: another worker may have moved them on.
    private mutating func check(
        _ positions: [TopicPartition: OffsetAndMetadata],
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        let own = Set(transaction.items.filter { work.partitions.isCurrent($0) }.map(\.partition))
        guard !own.isEmpty else { return retry(&work, at: now) }
        enter(.checking(positions.filter { own.contains($0.key) }), at: now)
        return []
    }

    private mutating func queried(
        _ committed: [TopicPartition: OffsetAndMetadata],
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        guard case .checking(let asked) = phase, let uncertain else { return [] }
        guard asked.allSatisfy({ committed[$0.key]?.reaches($0.value) ?? false }) else { return retry(&work, at: now) }
        return [.transactionFoundCommitted] + self.committed(uncertain, &work, at: now)
    }

    private mutating func queryFailed(
        _ error: KafkaError,
        _ work: inout DeliveryWork,
        at now: ContinuousClock.Instant
    ) -> [DeliveryNotice] {
        guard error.isRetriable, work.phase != .closed else { return stop(.kafka(error), at: now) }
        retryAt = now + Self.queryPause
        return [.retrying(error)]
    }

    /// Has the records of the transaction published again, after a pause that grows with each failure in a row.
    private mutating func retry(_ work: inout DeliveryWork, at now: ContinuousClock.Instant) -> [DeliveryNotice] {
        retries = transaction.end() + retries
        queued = []
        hasBegun = false
        unreported = 0
        uncertain = nil
        if work.demand == .commit { work.demand = .nothing }
        failuresInARow += 1
        nextCommit = now + commitInterval
        enter(.pausing, at: now)
        retryAt = now + min(.milliseconds(20 << min(failuresInARow, 10)), Self.retryPauses.upperBound)
        return []
    }

    /// The worker ends: an open transaction is aborted, so that no reader has to wait for it to time out.
    private mutating func leave(at now: ContinuousClock.Instant) {
        guard phase != .leaving else { return }
        retryAt = nil
        enter(hasBegun ? .leaving : .stopped, at: now)
    }

    /// The worker cannot go on.
    private mutating func stop(_ error: WorkerError, at now: ContinuousClock.Instant) -> [DeliveryNotice] {
        failure = failure ?? error
        retryAt = nil
        enter(hasBegun ? .leaving : .stopped, at: now)
        return []
    }

    private mutating func enter(_ phase: Phase, at now: ContinuousClock.Instant) {
        self.phase = phase
        entered = now
        retryPause = Self.retryPauses.lowerBound
    }
}

extension OffsetAndMetadata {
    /// Whether a group that is here has committed `other`: metadata changes while an offset stays, and never back.
    fileprivate func reaches(_ other: OffsetAndMetadata) -> Bool { offset > other.offset || self == other }
}
