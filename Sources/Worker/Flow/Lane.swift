// SPDX-License-Identifier: Apache-2.0
import Kafka
import Threading

/// One consumer, one producer, and the records between them: what `consumer.workers` counts.
///
/// Three kinds of threads meet here: the lane's intake, its publisher, and the encoders, which all lanes share.
final class Lane: Sendable {
    struct State {
        var flow: Flow
        var waves = Waves()
        /// Whether results and offsets go out in transactions.
        let isTransactional: Bool
        /// Delivery reports, or errors, wait in the producer.
        var hasReports = false
        /// There is no room, so no records are read.
        var isPaused = false
        /// When everything is to be over; set once a stop was requested.
        var deadline: ContinuousClock.Instant?
        /// Partitions that somebody waits for: a transaction ends as soon as all of theirs is in it.
        var draining: [TopicPartition] = []
        /// The transaction that is open is to end now, with what is in it.
        var isUrgent = false
        /// The publisher is to end.
        var isClosed = false
        /// The publisher cannot go on: nothing that is in flight will ever be acknowledged.
        var hasFailed = false

        /// Takes the messages that are to be sent next, in their order; none while the last wave is under way.
        ///
        /// - Parameter unreported: messages that the producer has already.
        mutating func nextPublications(unreported: Int) -> [Flow.Publication] {
            let now = ContinuousClock.now
            var publications: [Flow.Publication] = []
            guard waves.maySend(unreported: unreported, at: now) else { return publications }
            while publications.count < Self.messagesPerTurn, let next = flow.nextPublication() {
                publications.append(next)
            }
            if !publications.isEmpty { waves.sent(at: now) }
            return publications
        }

        /// Messages that are sent at once: few, so that delivery reports are looked at in between.
        private static let messagesPerTurn = 4_096

        /// Whether waiting for these partitions has come to an end: their records are acknowledged, or, in
        /// transactions, committed.
        func isDrained(_ partitions: [TopicPartition]) -> Bool {
            hasFailed || (isTransactional ? flow.isSettled(partitions) : flow.isDrained(partitions))
        }
    }

    let state: Monitor<State>
    let isTransactional: Bool
    /// What `State.isClosed` says, for those who wait for that alone: they are not woken by each record.
    private let closing = Monitor(false)

    init(maxRecords: Int, maxBytes: Int, isTransactional: Bool = false) {
        self.isTransactional = isTransactional
        state = Monitor(
            State(flow: Flow(maxRecords: maxRecords, maxBytes: maxBytes), isTransactional: isTransactional)
        )
    }

    /// The partitions that the consumer has.
    var assignment: [TopicPartition] { state.withLock { $0.flow.assignment } }

    /// Whether the publisher is to end.
    var isClosed: Bool { closing.withLock { $0 } }

    /// Takes the outcomes of records, in any order.
    func finish(_ outcomes: [(Flow.Ticket, Flow.Outcome)]) {
        state.withLock { state in
            for (ticket, outcome) in outcomes { state.flow.finish(ticket, outcome) }
        }
        state.broadcast()
    }

    /// The producer has something to poll for.
    func reportsArrived() {
        state.withLock { $0.hasReports = true }
        state.broadcast()
    }

    /// Waits until these partitions' records are done with, or the deadline is there, this one or the lane's own.
    func drain(_ partitions: [TopicPartition], until deadline: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.draining = partitions }
        state.broadcast()
        defer { state.withLock { $0.draining = [] } }
        return state.wait { state in
            if state.isDrained(partitions) { return .done(true) }
            let deadline = min(deadline, state.deadline ?? deadline)
            return deadline <= .now ? .done(false) : .wait(until: deadline)
        }
    }

    /// Has the open transaction end with what is in it, and waits for that.
    func endTransaction(until deadline: ContinuousClock.Instant) {
        guard isTransactional else { return }
        state.withLock { $0.isUrgent = true }
        state.broadcast()
        state.wait { state in
            guard state.isUrgent, !state.hasFailed, deadline > .now else {
                state.isUrgent = false
                return .done(())
            }
            return .wait(until: deadline)
        }
    }

    /// Waits for a while; less if the publisher is to end.
    func pause(for duration: Duration) {
        let end = ContinuousClock.now + duration
        closing.wait { $0 || end <= .now ? .done(()) : .wait(until: end) }
    }

    /// How long something may take that has a limit of its own: less if the lane's end is near, but never nothing.
    func limit(_ timeout: Duration) -> Duration {
        let left = state.withLock { $0.deadline.map { ContinuousClock.now.duration(to: $0) } }
        return max(min(timeout, left ?? timeout), .seconds(1))
    }

    /// Ends the publisher.
    func close() {
        // In this order: who stops for the state's word finds `isClosed` true.
        closing.withLock { $0 = true }
        closing.broadcast()
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    /// Says that nothing more can be published.
    func fail() {
        state.withLock { $0.hasFailed = true }
        state.broadcast()
    }
}
