// SPDX-License-Identifier: Apache-2.0
import Kafka
import Logging

/// Looks at a consumer worker from outside, from a thread that none of its waits holds up: tells when it stalls, and when
/// Kafka answers again.
struct HealthWatch {
    let worker: ConsumerWorker
    let source: any RecordSource
    /// Asks Kafka for something, to see whether it answers.
    let ask: @Sendable (Duration) throws(KafkaError) -> Void
    let metrics: WorkerMetrics
    let health: Health
    let log: Log
    private var detector: StallDetector

    private static let interval = Duration.seconds(1)

    init(
        worker: ConsumerWorker,
        source: any RecordSource,
        ask: @escaping @Sendable (Duration) throws(KafkaError) -> Void,
        stallTimeout: Duration,
        metrics: WorkerMetrics,
        health: Health,
        log: Log
    ) {
        self.worker = worker
        self.source = source
        self.ask = ask
        self.metrics = metrics
        self.health = health
        self.log = log
        detector = StallDetector(timeout: stallTimeout)
    }

    /// Runs until the worker is closed.
    mutating func run() {
        while !worker.isClosed {
            look()
            if health.isKafkaUnavailable { askKafka() }
            worker.pause(for: Self.interval)
        }
    }

    private mutating func look() {
        let account = worker.account
        var ends: [TopicPartition: Int64] = [:]
        for partition in account.assignment { ends[partition] = source.cachedWatermarks(of: partition)?.high }
        let change = detector.look(
            committed: health.committedOffsets(of: account.assignment),
            ends: ends,
            inFlight: account.inFlightRecords,
            at: .now
        )
        switch change {
        case .stalled:
            health.stalled(worker, true)
            log.warning("no offsets committed for stall.timeout", account.whereabouts)
        case .recovered:
            health.stalled(worker, false)
            log.info("offsets are committed again")
        case nil:
            break
        }
    }

    private func askKafka() {
        do throws(KafkaError) {
            try ask(Self.interval)
            health.kafkaAnswered()
        } catch {
            // A topic that is hidden from the consumer's patterns is called unknown, by an answer all the same.
            guard error.kind != .unknownTopicOrPartition else { return health.kafkaAnswered() }
            // It has been told already that Kafka does not answer.
            metrics.kafkaError(error)
        }
    }
}
