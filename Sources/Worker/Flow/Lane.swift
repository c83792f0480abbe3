// SPDX-License-Identifier: Apache-2.0
import Kafka

/// One consumer, one producer, and the records between them: what `consumer.workers` counts.
///
/// Three kinds of threads meet here: the lane's intake, its publisher, and the encoders, which all lanes share.
final class Lane: Sendable {
    struct State {
        var flow: Flow
        /// Delivery reports, or errors, wait in the producer.
        var hasReports = false
        /// There is no room, so no records are read.
        var isPaused = false
        /// When everything is to be over; set once a stop was requested.
        var deadline: ContinuousClock.Instant?
        /// The publisher is to end.
        var isClosed = false
        /// The publisher cannot go on: nothing that is in flight will ever be acknowledged.
        var hasFailed = false

        /// Whether waiting for these partitions' records to be acknowledged has come to an end.
        func isDrained(_ partitions: [TopicPartition]) -> Bool { hasFailed || flow.isDrained(partitions) }
    }

    let state: Monitor<State>

    init(maxRecords: Int, maxBytes: Int) {
        state = Monitor(State(flow: Flow(maxRecords: maxRecords, maxBytes: maxBytes)))
    }

    /// The partitions that the consumer has.
    var assignment: [TopicPartition] { state.withLock { $0.flow.assignment } }

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

    /// Waits until these partitions' records are acknowledged, or the deadline is there, this one or the lane's own.
    func drain(_ partitions: [TopicPartition], until deadline: ContinuousClock.Instant) -> Bool {
        state.wait { state in
            if state.isDrained(partitions) { return .done(true) }
            let deadline = min(deadline, state.deadline ?? deadline)
            return deadline <= .now ? .done(false) : .wait(until: deadline)
        }
    }

    /// How long something may take that has a limit of its own: less if the lane's end is near, but never nothing.
    func limit(_ timeout: Duration) -> Duration {
        let left = state.withLock { $0.deadline.map { ContinuousClock.now.duration(to: $0) } }
        return max(min(timeout, left ?? timeout), .seconds(1))
    }

    /// Ends the publisher.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    /// Says that nothing more can be published.
    func fail() {
        state.withLock { $0.hasFailed = true }
        state.broadcast()
    }
}
