// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Logging
import Threading

/// Publishes outcomes in order in transactions, each with the offsets that its results end at: exactly once. One thread's
/// loop.
///
/// A transaction that fails is aborted, and its messages are published again in the next one.
struct TransactionalPublisher {
    private var producer: TransactionalProducer
    private let consumer: Consumer
    private let lane: Lane
    private let rules: Rules
    private let commitInterval: Duration
    private let metrics: FlowMetrics
    private let log: Log

    private var open = OpenTransaction()
    /// The offsets of a commit that was begun: if it fails it may have happened all the same.
    private var committing: [TopicPartition: Int64]?
    private var nextCommit = ContinuousClock.now
    private var failuresInARow = 0

    private static let maxPause = Duration.seconds(2)

    /// Why a transaction cannot be committed.
    private enum Failure: Error {
        /// It can be tried again.
        case transaction(KafkaError)
        /// The worker cannot go on.
        case worker(WorkerError)
    }

    init(
        producer: TransactionalProducer,
        consumer: Consumer,
        lane: Lane,
        rules: Rules,
        commitInterval: Duration,
        metrics: FlowMetrics,
        log: Log
    ) {
        self.producer = producer
        self.consumer = consumer
        self.lane = lane
        self.rules = rules
        self.commitInterval = commitInterval
        self.metrics = metrics
        self.log = log
    }

    /// Runs until the lane is closed, or nothing can be published any more.
    mutating func run() throws(WorkerError) {
        do throws(WorkerError) {
            do throws(KafkaError) { try producer.start() } catch { throw .kafka(error) }
            while let turn = nextTurn() {
                do throws(Failure) {
                    try publish(turn.messages)
                    if turn.endsTransaction { try commit() }
                } catch {
                    try recover(from: error)
                }
            }
            leave()
        } catch {
            lane.fail()
            leave()
            // A lane that is closed has been given up already; what it could not do is no news.
            guard lane.isClosed else { throw error }
        }
    }

    // MARK: Turns

    /// What is to be done next.
    private struct Turn {
        let messages: [Flow.Publication]
        var endsTransaction = false
    }

    /// Waits for something to do, at most until the next commit; nil once the lane is closed.
    private func nextTurn() -> Turn? {
        let (due, unreported) = (nextCommit, producer.producer.pending)
        return lane.state.wait { state in
            if state.isClosed { return .done(nil) }
            var turn = Turn(messages: state.nextPublications(unreported: unreported))
            turn.endsTransaction = due <= .now || isToEnd(state, with: turn.messages)
            guard turn.messages.isEmpty, !turn.endsTransaction, !state.hasReports else {
                state.hasReports = false
                return .done(turn)
            }
            return .wait(until: state.waves.wake(by: due, at: .now))
        }
    }

    /// Whether the transaction is to end ahead of its time: somebody waits for it, or it holds half of what may be in
    /// flight, so that the other half can be worked on meanwhile.
    private func isToEnd(_ state: Lane.State, with messages: [Flow.Publication]) -> Bool {
        if state.isUrgent { return true }
        if state.flow.isHalf(records: open.messages.count + messages.count, bytes: open.bytes) { return true }
        return !state.draining.isEmpty && state.flow.isHandedOut(state.draining)
            && !state.flow.isSettled(state.draining)
    }

    // MARK: The course of a transaction

    private mutating func publish(_ messages: [Flow.Publication]) throws(Failure) {
        // All of them belong to the transaction before the first is sent: if it fails, none is forgotten.
        let tokens = messages.map { open.add($0) }
        do throws(KafkaError) {
            if !messages.isEmpty { try producer.begin() }
        } catch {
            throw .transaction(error)
        }
        for token in tokens {
            let isAlone = open[token]?.isAlone ?? false
            if isAlone { try flush() }
            try send(token)
            if isAlone { try flush() }
        }
        try settle(producer.producer.poll(timeout: .zero))
    }

    private mutating func send(_ token: UInt64) throws(Failure) {
        while let message = open[token]?.message {
            do throws(KafkaError) {
                return try producer.producer.send(
                    topic: message.topic,
                    key: message.key,
                    value: message.value,
                    headers: message.headers,
                    timestamp: message.timestamp,
                    token: token
                )
            } catch {
                // A message that the client itself refuses does the transaction no harm: its dead letter goes instead.
                if error.kind == .queueFull {
                    try settle(producer.producer.poll(timeout: .milliseconds(100)))
                } else if try !replace(token, refusedWith: error, isCertain: true) {
                    throw failure(error)
                }
            }
        }
    }

    private mutating func settle(_ poll: Producer.Poll) throws(Failure) {
        for error in poll.errors {
            metrics.kafkaError(error)
            guard !error.endsWork else { throw .worker(.kafka(error)) }
            guard !error.isFatal else { throw .transaction(error) }
            log.warning("kafka reports a problem", ["error": error.description])
        }
        var first: KafkaError?
        for report in poll.reports {
            guard let error = report.error, open[report.token] != nil else { continue }
            _ = try replace(report.token, refusedWith: error, isCertain: false)
            // What is purged is so because of another.
            if first == nil || first?.kind == .purged { first = error }
        }
        if let first { throw failure(first) }
    }

    /// Puts another message in the place of one that was refused for what it is.
    private mutating func replace(
        _ token: UInt64,
        refusedWith error: KafkaError,
        isCertain: Bool
    ) throws(Failure) -> Bool {
        do throws(WorkerError) {
            let other = try open[token]?.replacement(for: error, isCertain: isCertain, by: rules)
            guard let other else { return false }
            open[token] = other
            return true
        } catch {
            throw .worker(error)
        }
    }

    private mutating func commit() throws(Failure) {
        nextCommit = .now + commitInterval
        guard !open.messages.isEmpty || lane.state.withLock({ !$0.flow.duePositions.isEmpty }) else { return end([:]) }
        try flush()
        do throws(KafkaError) {
            // The membership first: offsets that are looked up later may be refused for it, but never let pass wrongly.
            let membership = try consumer.membership()
            let positions = try positions()
            if !positions.isEmpty {
                guard membership.isMember else { throw .assignmentLost(during: "commit of a transaction") }
                try producer.begin()
                try producer.send(positions, as: membership)
                committing = positions
                try producer.commit()
            }
            end(positions)
        } catch {
            throw failure(error)
        }
    }

    /// The offsets to commit. A transaction with records of a partition that is gone must not be committed: whoever
    /// reads it now publishes them too.
    private func positions() throws(KafkaError) -> [TopicPartition: Int64] {
        try lane.state.withLock { (state) throws(KafkaError) in
            guard open.messages.allSatisfy({ state.flow.isCurrent($0.ticket) }) else {
                throw .assignmentLost(during: "commit of a transaction")
            }
            return state.flow.duePositions(with: open.messages)
        }
    }

    /// Waits until the broker has all messages: only then are their offsets part of the transaction.
    private mutating func flush() throws(Failure) {
        while producer.producer.pending > 0 {
            // In slices, so that a failure is noticed when it comes. It comes in any case: a message times out.
            try settle(producer.producer.flush(timeout: .milliseconds(100)))
            guard !lane.isClosed else { return }
        }
        try settle(producer.producer.poll(timeout: .zero))
    }

    /// The transaction was committed.
    private mutating func end(_ positions: [TopicPartition: Int64]) {
        let messages = open.messages
        lane.state.withLock { state in
            state.flow.commit(messages, positions)
            state.isUrgent = false
        }
        lane.state.broadcast()
        open.end()
        committing = nil
        failuresInARow = 0
        guard !messages.isEmpty || !positions.isEmpty else { return }
        metrics.transactionCommitted()
        metrics.committed(positions)
        metrics.delivered(messages.map(\.record))
    }

    // MARK: Failures

    private func failure(_ error: KafkaError) -> Failure {
        var cause = error
        // These say that the transaction has failed, and not of what.
        if error.name == "_STATE" || error.kind == .purged {
            do throws(KafkaError) { try producer.check() } catch { cause = error }
        }
        return cause.endsWork ? .worker(.kafka(cause)) : .transaction(cause)
    }

    /// Aborts, and has what the transaction held published again, unless it turns out to be committed.
    private mutating func recover(from failure: Failure) throws(WorkerError) {
        guard case .transaction(let error) = failure else {
            if case .worker(let error) = failure { throw error }
            return
        }
        metrics.transactionAborted(error.kind)
        log.warning("a transaction failed and is repeated", ["error": error.description])
        do throws(KafkaError) {
            if try !abort(after: error), let positions = committing, try wasCommitted(positions) {
                log.info("the transaction had been committed all the same")
                return end(positions)
            }
        } catch {
            throw .kafka(error)
        }
        lane.state.withLock { state in
            state.flow.takeBack(open.messages)
            state.isUrgent = false
        }
        lane.state.broadcast()
        open.end()
        committing = nil
        failuresInARow += 1
        nextCommit = .now + commitInterval
        lane.pause(for: min(.milliseconds(20 << min(failuresInARow, 10)), Self.maxPause))
    }

    /// Ends the transaction that failed with this error.
    /// - Returns: whether it is certain that it was not committed.
    private mutating func abort(after error: KafkaError) throws(KafkaError) -> Bool {
        var cause = error
        if !error.isFatal {
            do throws(KafkaError) {
                try producer.abort()
                return true
            } catch {
                cause = error
            }
        }
        try producer.renew(after: cause)
        return false
    }

    /// Asks the group how far it is. Partitions that went away since say nothing: somebody else may have moved them on.
    private func wasCommitted(_ positions: [TopicPartition: Int64]) throws(KafkaError) -> Bool {
        let mine = lane.state.withLock { state in
            Set(open.messages.map(\.ticket).filter { state.flow.isCurrent($0) }.map(\.partition))
        }
        guard !mine.isEmpty else { return false }
        while true {
            do throws(KafkaError) {
                let committed = try consumer.committed(Array(mine), timeout: lane.limit(.seconds(5)))
                return mine.allSatisfy { committed[$0] ?? -1 >= positions[$0] ?? .max }
            } catch {
                metrics.kafkaError(error)
                guard error.isRetriable, !lane.isClosed else { throw error }
                lane.pause(for: .milliseconds(200))
            }
        }
    }

    /// What is open when the lane ends is aborted, so that nobody has to wait for it to time out.
    private mutating func leave() {
        guard producer.isOpen else { return }
        metrics.transactionAborted(.purged)
        do throws(KafkaError) { try producer.abort() } catch {
            log.warning("the last transaction is left to time out", ["error": error.description])
        }
    }
}
