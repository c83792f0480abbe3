// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Logging
import Threading

/// Publishes outcomes in order, resolves them as they are acknowledged, and commits: at least once. One thread's loop.
struct Publisher {
    private let producer: Producer
    private let consumer: Consumer
    private let lane: Lane
    private let rules: Rules
    private let commitInterval: Duration
    private let metrics: FlowMetrics
    private let log: Log

    /// What is with the producer, by the token of its delivery report.
    private var pending: [UInt64: Flow.Publication] = [:]
    private var nextToken: UInt64 = 0
    /// Messages that are to go again, each alone.
    private var refused: [Flow.Publication] = []
    private var nextCommit = ContinuousClock.now
    /// The commit under way. There is one at a time, for librdkafka may send a later one first while the coordinator moves.
    private var commit: Consumer.Commit?

    /// How often the result of a commit is looked for, and whether the group is still being joined.
    private static let commitPause = Duration.milliseconds(10)

    init(
        producer: Producer,
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
            while let publications = nextPublications() {
                for publication in publications { try send(publication) }
                try settle(producer.poll(timeout: .zero))
                try sendRefused()
                try settleCommit()
                commitIfDue()
            }
        } catch {
            lane.fail()
            throw error
        }
    }

    /// Waits for something to do, at most until the next commit; nil once the lane is closed.
    private func nextPublications() -> [Flow.Publication]? {
        let due = commit == nil ? nextCommit : .now + Self.commitPause
        return lane.state.wait { state in
            if state.isClosed { return .done(nil) }
            let publications = state.nextPublications(unreported: pending.count)
            guard publications.isEmpty, !state.hasReports, due > .now else {
                state.hasReports = false
                return .done(publications)
            }
            return .wait(until: state.waves.wake(by: due, at: .now))
        }
    }

    private mutating func send(_ publication: Flow.Publication) throws(WorkerError) {
        let message = publication.message
        nextToken += 1
        pending[nextToken] = publication
        while true {
            do throws(KafkaError) {
                return try producer.send(
                    topic: message.topic,
                    key: message.key,
                    value: message.value,
                    headers: message.headers,
                    timestamp: message.timestamp,
                    token: nextToken
                )
            } catch {
                guard error.kind == .queueFull else {
                    pending[nextToken] = nil
                    return try replace(publication, refusedWith: error, isCertain: true)
                }
                try settle(producer.poll(timeout: .milliseconds(100)))
            }
        }
    }

    private mutating func settle(_ poll: Producer.Poll) throws(WorkerError) {
        for error in poll.errors {
            metrics.kafkaError(error)
            guard !error.endsWorker else { throw .kafka(error) }
            log.warning("kafka reports a problem", ["error": error.description])
        }
        guard !poll.reports.isEmpty else { return }
        var delivered: [Flow.Publication] = []
        for report in poll.reports {
            guard let publication = pending.removeValue(forKey: report.token) else { continue }
            if let error = report.error {
                try replace(publication, refusedWith: error, isCertain: false)
            } else {
                delivered.append(publication)
            }
        }
        lane.state.withLock { state in
            for publication in delivered { state.flow.acknowledge(publication.ticket, publication.kind) }
        }
        lane.state.broadcast()
        metrics.delivered(delivered.map(\.record))
    }

    /// A message that the broker will not take, for what it is, goes again alone or becomes a dead letter. Everything
    /// else ends the worker.
    private mutating func replace(
        _ publication: Flow.Publication,
        refusedWith error: KafkaError,
        isCertain: Bool
    ) throws(WorkerError) {
        let other = try publication.replacement(for: error, isCertain: isCertain, by: rules)
        guard let other else { throw .kafka(error) }
        refused.append(other)
    }

    /// Sends what is to go alone, with nothing else under way. A dead letter may come of it, which goes the same way.
    private mutating func sendRefused() throws(WorkerError) {
        while !refused.isEmpty {
            try flush()
            guard !lane.isClosed else { return }
            try send(refused.removeFirst())
            try flush()
        }
    }

    private mutating func flush() throws(WorkerError) {
        while producer.pending > 0, !lane.isClosed { try settle(producer.flush(timeout: .milliseconds(100))) }
    }

    private mutating func commitIfDue() {
        guard commit == nil, nextCommit <= .now || lane.state.withLock({ $0.flow.wantsCommit }) else { return }
        guard !consumer.isJoining else {
            nextCommit = .now + Self.commitPause
            return
        }
        nextCommit = .now + commitInterval
        do throws(KafkaError) {
            // Under the lock that a revocation takes too: no offset goes out for a partition that was given up.
            commit = try lane.state.withLock { (state) throws(KafkaError) in
                let positions = state.flow.duePositions
                guard !positions.isEmpty else { return nil }
                defer { state.flow.commit(positions) }
                return try consumer.startCommit(positions)
            }
            // There may be room for records again.
            lane.state.broadcast()
        } catch {
            commitFailed(error)
        }
    }

    private mutating func settleCommit() throws(WorkerError) {
        guard let result = commit?.result(timeout: .zero) else { return }
        commit = nil
        switch result {
        case .success(let offsets): metrics.committed(offsets)
        case .failure(let error):
            guard !error.endsWorker else { throw .kafka(error) }
            commitFailed(error)
        }
    }

    private func commitFailed(_ error: KafkaError) {
        lane.state.withLock { $0.flow.commitFailed() }
        metrics.commitFailed()
        log.warning("a commit failed and will be tried again", ["error": error.description])
    }
}
