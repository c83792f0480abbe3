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
    /// Asks Kafka where a partition ends.
    let askEnd: @Sendable (TopicPartition, Duration) throws(KafkaError) -> Int64
    let metrics: WorkerMetrics
    let health: Health
    let control: Control
    let log: Log
    private var detector: StallDetector

    private static let interval = Duration.seconds(1)

    init(
        worker: ConsumerWorker,
        source: any RecordSource,
        ask: @escaping @Sendable (Duration) throws(KafkaError) -> Void,
        askEnd: @escaping @Sendable (TopicPartition, Duration) throws(KafkaError) -> Int64,
        stallTimeout: Duration,
        metrics: WorkerMetrics,
        health: Health,
        control: Control,
        log: Log
    ) {
        self.worker = worker
        self.source = source
        self.ask = ask
        self.askEnd = askEnd
        self.metrics = metrics
        self.health = health
        self.control = control
        self.log = log
        detector = StallDetector(timeout: stallTimeout)
    }

    /// Runs until the worker is closed.
    /// - Parameter looked: called each second.
    mutating func run(looked: () -> Void = {}) {
        while !worker.isClosed {
            health.round(of: .watch, worker)
            look()
            if control.isPaused { askEnds() } else { health.forgetEnds(of: worker) }
            health.look(at: worker)
            looked()
            if health.isKafkaUnavailable { askKafka() }
            worker.pause(for: Self.interval)
        }
    }

    private mutating func look() {
        let account = worker.account
        var ends: [TopicPartition: Int64] = [:]
        // A worker that is told not to read does not stall; what it has in flight it still has to commit.
        for partition in account.assignment where !control.isPaused {
            ends[partition] = source.cachedWatermarks(of: partition)?.high
        }
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

    /// What is not fetched from does not tell where it ends. Who does not answer is not asked for the next one.
    private func askEnds() {
        for partition in worker.assignment where control.isPaused && !worker.isClosed {
            guard let end = try? askEnd(partition, Self.interval) else { return }
            health.ends(partition, at: end)
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
