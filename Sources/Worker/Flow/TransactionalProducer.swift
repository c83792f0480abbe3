// SPDX-License-Identifier: Apache-2.0
import Kafka
import Logging

/// A producer with the calls of its transactions, and what their errors ask for: what is retriable is tried again, with
/// growing pauses; what is fatal takes a new producer.
struct TransactionalProducer {
    private(set) var producer: Producer
    /// Whether a transaction was begun and has not ended.
    private(set) var isOpen = false

    private let make: @Sendable () throws(KafkaError) -> Producer
    private let lane: Lane
    private let timeout: Duration
    private let metrics: FlowMetrics
    private let log: Log
    private var born = ContinuousClock.now
    /// Producers in a row that did not live as long as a transaction may.
    private var shortLives = 0
    /// Whether the producer may begin transactions already.
    private var isStarted: Bool

    /// A producer whose transaction timed out at the coordinator is fenced, and a new one mends that. Where one after the
    /// other is fenced sooner than that can happen, another worker has the same `transactional.id`.
    private static let maxShortLives = 5
    /// One call's own time; it is called again, which resumes it, but for the end of the lane.
    private static let slice = Duration.seconds(5)
    private static let pauses = Duration.milliseconds(50)...Duration.seconds(2)

    /// - Parameters:
    ///   - isStarted: the producer may begin transactions already.
    ///   - make: makes a producer, each with the same `transactional.id`.
    ///   - timeout: `transaction.timeout.ms`, after which the coordinator aborts by itself.
    init(
        producer: Producer,
        isStarted: Bool,
        make: @escaping @Sendable () throws(KafkaError) -> Producer,
        lane: Lane,
        timeout: Duration,
        metrics: FlowMetrics,
        log: Log
    ) {
        self.producer = producer
        self.isStarted = isStarted
        self.make = make
        self.lane = lane
        self.timeout = timeout
        self.metrics = metrics
        self.log = log
    }

    /// Fences older producers of the same id and ends what they left open. Waits for as long as that takes.
    mutating func start() throws(KafkaError) {
        guard !isStarted else { return }
        try persist(until: nil) { (time) throws(KafkaError) in try producer.initTransactions(timeout: time) }
        isStarted = true
    }

    /// Begins a transaction unless one is open.
    mutating func begin() throws(KafkaError) {
        guard !isOpen else { return }
        try producer.beginTransaction()
        isOpen = true
    }

    /// Why the open transaction has failed, if it has.
    func check() throws(KafkaError) {
        do throws(KafkaError) {
            try producer.beginTransaction()
        } catch {
            // Asked in the middle of one that is well.
            if error.isFatal || error.requiresAbort { throw error }
        }
    }

    /// Makes offsets part of the transaction.
    func send(_ offsets: [TopicPartition: Int64], as membership: Consumer.Membership) throws(KafkaError) {
        try persist(until: .now + timeout) { (time) throws(KafkaError) in
            try producer.sendOffsets(offsets, as: membership, timeout: time)
        }
    }

    /// Commits. After an error it is open whether the commit happened, until an abort succeeds.
    mutating func commit() throws(KafkaError) {
        try persist(until: .now + timeout) { (time) throws(KafkaError) in
            try producer.commitTransaction(timeout: time)
        }
        isOpen = false
    }

    /// Aborts the open transaction, if there is one. After this it is certain that it was not committed.
    mutating func abort() throws(KafkaError) {
        guard isOpen else { return }
        // Where it cannot be done in this time, the coordinator will have done it by itself.
        try persist(until: .now + timeout) { (time) throws(KafkaError) in
            try producer.abortTransaction(timeout: time)
        }
        isOpen = false
    }

    /// Puts a new producer in the place of one that is of no use any more. The open transaction ends as the coordinator
    /// had it: committed if that had begun, else aborted.
    mutating func renew(after cause: KafkaError) throws(KafkaError) {
        shortLives = ContinuousClock.now - born < timeout ? shortLives + 1 : 0
        guard shortLives < Self.maxShortLives, !cause.endsWork else { throw cause }
        log.warning("a producer is replaced", ["error": cause.description])
        producer = try make()
        born = .now
        (isOpen, isStarted) = (false, false)
        try start()
    }

    /// Makes a call until it succeeds, fails for good, or the time is over.
    private func persist(
        until deadline: ContinuousClock.Instant?,
        _ call: (Duration) throws(KafkaError) -> Void
    ) throws(KafkaError) {
        var pause = Self.pauses.lowerBound
        while true {
            do throws(KafkaError) {
                return try call(lane.limit(Self.slice))
            } catch {
                metrics.kafkaError(error)
                let isOver = deadline.map { $0 <= .now } ?? false
                guard error.isRetriable, !error.requiresAbort, !isOver, !lane.isClosed else { throw error }
                log.warning("kafka is asked again", ["error": error.description])
                lane.pause(for: pause)
                pause = min(pause * 2, Self.pauses.upperBound)
            }
        }
    }
}

extension KafkaError {
    /// Whether somebody has to set something right before work can go on.
    var endsWork: Bool {
        switch kind {
        case .authentication, .authorisation, .badConfiguration: true
        // A coordinator fails transactions with a topic that is new to it; one that is gone, the producer finds missing.
        case .unknownTopicOrPartition: !requiresAbort
        default: false
        }
    }
}
