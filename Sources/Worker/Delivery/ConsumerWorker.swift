// SPDX-License-Identifier: Apache-2.0
import Kafka
import Threading

/// One consumer, one producer, and the records between them: what `consumer.workers` counts, and `priority.topics` has.
///
/// Three kinds of threads meet here: its intake, its delivery, and the encoders, which all consumer workers share.
final class ConsumerWorker: Sendable, InFlightOwner {
    private struct State {
        var work: DeliveryWork
        var delivery: any Delivery
    }

    private let state: Monitor<State>
    /// Whether the delivery is to end, for those who wait for that alone: they are not woken by each record.
    private let closing = Monitor(false)

    init(_ partitions: AssignedPartitions, _ delivery: any Delivery) {
        state = Monitor(State(work: DeliveryWork(partitions), delivery: delivery))
    }

    /// Looks at the partitions, or changes them.
    func withPartitions<Result>(_ body: (inout AssignedPartitions) -> Result) -> Result {
        state.withLock { body(&$0.work.partitions) }
    }

    /// Where all records are.
    var account: AssignedPartitions.Account { withPartitions(\.account) }

    /// The partitions that the consumer has.
    var assignment: [TopicPartition] { withPartitions(\.assignment) }

    /// Whether the delivery is to end.
    var isClosed: Bool { closing.withLock { $0 } }

    // MARK: For the encoders and the producer

    func finish(_ items: [InFlight]) {
        let now = ContinuousClock.now
        let waited = items.count(where: \.hasWaited)
        for item in items { item.finished = now }
        state.withLock { state in
            for item in items { state.work.partitions.finish(item) }
            state.work.partitions.finished(waited, at: now)
        }
        state.broadcast()
    }

    /// The producer has something to poll for.
    func reportsArrived() {
        state.withLock { state in _ = state.delivery.take(.reportsWaiting, &state.work, at: .now) }
        state.broadcast()
    }

    /// The producer may begin transactions already.
    func transactionsStarted() { _ = take([.called(.start)]) }

    // MARK: For the delivery

    /// Waits for something to do.
    func nextAction(isJoining: () -> Bool) -> DeliveryAction {
        state.wait { state in
            let demand = state.work.demand
            let action = state.delivery.next(&state.work, isJoining: isJoining(), at: .now)
            // A thread waits for this, and a commit that begins makes room for records.
            if state.work.demand != demand { self.state.broadcast() }
            if case .wait(let time) = action { return .wait(until: time) }
            return .done(action)
        }
    }

    /// Tells the delivery what happened.
    func take(_ events: [DeliveryEvent]) -> [DeliveryNotice] {
        guard !events.isEmpty else { return [] }
        let notices = state.withLock { state in
            events.flatMap { state.delivery.take($0, &state.work, at: .now) }
        }
        state.broadcast()
        return notices
    }

    // MARK: For the intake

    /// Waits until there is room for records.
    /// - Returns: for how many; 0 if there was none in time.
    func waitForRoom(until deadline: ContinuousClock.Instant) -> Int {
        state.wait { state in
            let room = state.work.partitions.room
            return room > 0 || deadline <= .now ? .done(room) : .wait(until: deadline)
        }
    }

    /// Has these partitions' records published and committed, and waits for that, or for the deadline, this one or the
    /// worker's own.
    /// - Returns: whether the delivery has done what it could; what it could not commit it has told.
    @discardableResult
    func drain(_ partitions: [TopicPartition], until deadline: ContinuousClock.Instant) -> Bool {
        demand(.drain(partitions), until: deadline)
    }

    /// Has what is published committed without waiting for the rest.
    func commit(until deadline: ContinuousClock.Instant) { _ = demand(.commit, until: deadline) }

    private func demand(_ demand: DeliveryWork.Demand, until deadline: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.work.demand = demand }
        state.broadcast()
        defer { state.withLock { $0.work.demand = .nothing } }
        return state.wait { state in
            if case .failed = state.work.phase { return .done(true) }
            if state.work.demand == .nothing { return .done(true) }
            let deadline = min(deadline, state.work.deadline ?? deadline)
            return deadline <= .now ? .done(false) : .wait(until: deadline)
        }
    }

    /// Whether nothing is left to publish or to commit, or nothing more can be.
    var isSettled: Bool {
        state.withLock { state in
            if case .failed = state.work.phase { return true }
            return state.work.partitions.isSettled(state.work.partitions.assignment)
        }
    }

    /// Gives partitions up: from here on nothing of theirs is published or committed.
    func revoke(_ partitions: [TopicPartition]) {
        state.wait { (state) -> Monitor<State>.Turn<Void> in
            // An offset on its way to Kafka may still go; after this, none does.
            if state.delivery.isStartingCommit, state.work.phase != .closed {
                guard case .failed = state.work.phase else { return .wait(until: nil) }
            }
            state.work.partitions.revoke(partitions)
            return .done(())
        }
    }

    // MARK: The end

    /// A stop was requested: all is to be over by then.
    func beginDraining(until deadline: ContinuousClock.Instant) {
        state.withLock { state in
            switch state.work.phase {
            case .running, .draining: state.work.phase = .draining(until: deadline)
            case .failed: state.work.phase = .failed(until: deadline)
            case .closed: break
            }
        }
    }

    /// Ends the delivery.
    func close() {
        // In this order: a thread that stops for the phase's sake finds `isClosed` true.
        closing.withLock { $0 = true }
        closing.broadcast()
        state.withLock { $0.work.phase = .closed }
        state.broadcast()
    }

    /// Nothing more can be published.
    func fail() {
        state.withLock { state in
            if state.work.phase != .closed { state.work.phase = .failed(until: state.work.deadline) }
        }
        state.broadcast()
    }

    /// Waits for a while; less if the delivery is to end.
    func pause(for duration: Duration) {
        let end = ContinuousClock.now + duration
        closing.wait { $0 || end <= .now ? .done(()) : .wait(until: end) }
    }

    /// How long something may take that has a limit of its own: less if the worker's end is near, but never nothing.
    func limit(_ timeout: Duration) -> Duration {
        let left = state.withLock { $0.work.deadline.map { ContinuousClock.now.duration(to: $0) } }
        return max(min(timeout, left ?? timeout), .seconds(1))
    }
}
