// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Logging
import Threading

/// Reads records, decodes and tokenises them, and hands them to the encoders; one thread's loop.
///
/// It polls even when there is no room for records, with its partitions paused: a consumer that does not poll is put
/// out of its group.
struct Intake {
    let consumer: Consumer
    let lane: Lane
    let pool: EncoderPool
    let rules: Rules
    let topics: [String]
    let stop: StopSignal
    let shutdownTimeout: Duration
    let metrics: FlowMetrics
    let log: Log
    var brake = Brake()

    /// Records of one poll: few enough that the encoders do not idle while the last of them are tokenised.
    private static let recordsPerPoll = 64
    private static let pollTimeout = Duration.milliseconds(100)
    /// How long a lack of room may last before the partitions are paused. To pause throws away what librdkafka has
    /// fetched ahead, and under load there is room again within milliseconds.
    private static let patience = Duration.milliseconds(500)

    /// Runs until a stop is requested, then drains what is in flight, commits and leaves the group.
    mutating func run() throws(WorkerError) {
        do throws(KafkaError) {
            try consumer.subscribe(topics)
            while !stop.isRequested {
                let room = try waitForRoom()
                let timeout = room > 0 && brake.count > 0 ? .zero : Self.pollTimeout
                let limit = max(min(room - brake.count, Self.recordsPerPoll), 1)
                // What is read past the bytes that there is room for is a part of one record.
                let bytes = max(lane.state.withLock { $0.flow.roomForBytes }, 1)
                try take(consumer.poll(upTo: limit, bytes: bytes, timeout: timeout), room: room)
            }
            try drain()
        } catch {
            consumer.close()
            throw .kafka(error)
        }
    }

    private mutating func take(_ poll: Consumer.Poll, room: Int) throws(KafkaError) {
        for error in poll.errors { try notice(error) }
        brake.drop(poll.gone)
        admit(brake.pass(poll.records, room: room))
        // With a record still to be admitted, the end is not reached: what comes before it would be committed.
        let ends = poll.ends.filter { !brake.holds($0.key) }
        if !ends.isEmpty {
            lane.state.withLock { state in
                for (partition, offset) in ends { state.flow.reachEnd(of: partition, at: offset) }
            }
        }
        if brake.count > 0 { try pause() }
    }

    private func notice(_ error: KafkaError) throws(KafkaError) {
        metrics.kafkaError(error)
        guard !error.endsWorker else { throw error }
        if error.kind == .maxPollExceeded {
            let account = lane.state.withLock { $0.flow.account }
            log.warning("the group has put this worker out, since it did not poll in time", account.whereabouts)
        } else {
            log.warning("kafka reports a problem", ["error": error.description])
        }
    }

    private func admit(_ records: [Record]) {
        guard !records.isEmpty else { return }
        let arrived = ContinuousClock.now
        let tickets = lane.state.withLock { state in
            records.map { record in
                if hasBegunAnew(record, state.flow) {
                    state.flow.revoke([record.topicPartition])
                    state.flow.assign([record.topicPartition])
                }
                return state.flow.admit(record)
            }
        }
        var events: [(ticket: Flow.Ticket, event: Event)] = []
        var items: [WorkItem] = []
        var done: [(Flow.Ticket, Flow.Outcome)] = []
        for (record, ticket) in zip(records, tickets) {
            guard let ticket else { continue }
            switch rules.event(of: record) {
            case .next(let event): events.append((ticket, event))
            case .done(let outcome): done.append((ticket, outcome))
            }
        }
        let processorStart = ThreadClock.now
        for (ticket, event) in events {
            switch rules.encoding(of: event) {
            case .next(let encoding):
                items.append(
                    WorkItem(ticket: ticket, event: event, encoding: encoding, lane: lane, arrived: arrived)
                )
            case .done(let outcome):
                done.append((ticket, outcome))
            }
        }
        metrics.prepared(
            records.count,
            from: arrived,
            to: .now,
            tokenizerTime: ThreadClock.now - processorStart
        )
        pool.submit(items)
        if !done.isEmpty { lane.finish(done) }
    }

    /// Whether a record is of a partition that ends before what was read of it already: the topic was deleted and made
    /// again. An earlier offset alone does not say so, for nothing is read twice.
    private func hasBegunAnew(_ record: Record, _ flow: Flow) -> Bool {
        guard let last = flow.lastOffset(of: record.topicPartition), record.offset <= last,
            let end = consumer.cachedWatermarks(of: record.topicPartition)?.high
        else { return false }
        return end <= last
    }

    // MARK: Back-pressure

    /// Waits for room for records; 0 if there is none, and then all partitions that have begun are paused.
    private mutating func waitForRoom() throws(KafkaError) -> Int {
        let isPaused = lane.state.withLock { $0.isPaused && !$0.flow.hasEased }
        if isPaused { return 0 }
        try resume()
        let deadline = ContinuousClock.now + Self.patience
        let room = lane.state.wait { state in
            let room = state.flow.room
            return room > 0 || deadline <= .now ? .done(room) : .wait(until: deadline)
        }
        if room == 0 { try pause() }
        return room
    }

    private mutating func pause() throws(KafkaError) {
        let begun = lane.state.withLock { state in
            state.isPaused = true
            return state.flow.begun
        }
        try consumer.pause(brake.pause(begun))
    }

    private mutating func resume() throws(KafkaError) {
        lane.state.withLock { $0.isPaused = false }
        let paused = brake.release()
        if !paused.isEmpty { try consumer.resume(paused) }
    }

    // MARK: The end

    /// Whether a commit is still to come that the join holds up.
    private var isJoiningWithCommits: Bool {
        guard consumer.isJoining else { return false }
        return lane.state.withLock { !$0.hasFailed && !$0.flow.isSettled($0.flow.assignment) }
    }

    /// Stops reading, waits for what is in flight, commits it and leaves the group.
    private mutating func drain() throws(KafkaError) {
        let deadline = ContinuousClock.now + shutdownTimeout
        lane.state.withLock { $0.deadline = deadline }
        metrics.draining()
        try pause()
        // To leave in the middle of a join would cost the last commit.
        while !lane.drain(lane.assignment, until: min(deadline, .now + Self.pollTimeout)) || isJoiningWithCommits,
            ContinuousClock.now < deadline
        {
            try take(consumer.poll(upTo: 1, timeout: consumer.isJoining ? Self.pollTimeout : .zero), room: 0)
        }
        let left = lane.state.withLock { $0.flow.inFlightRecords }
        if left > 0 {
            log.warning("shutdown.timeout is over; records in flight will be read again", ["records": "\(left)"])
        }
        // Leaving the group runs the rebalance hook, which commits.
        for error in consumer.close(timeout: lane.limit(shutdownTimeout)).errors {
            log.warning("kafka reports a problem", ["error": error.description])
        }
    }
}
