// SPDX-License-Identifier: Apache-2.0
import Kafka
import Logging
import Threading

/// Looks at a lane from outside, from a thread that none of its waits holds up: tells when it stalls, and when Kafka
/// answers again.
struct LaneWatch {
    let lane: Lane
    let consumer: Consumer
    let topic: String
    let metrics: FlowMetrics
    let log: Log
    private var watchdog: Watchdog

    private static let interval = Duration.seconds(1)

    /// - Parameter topic: one that is there; Kafka is asked for it to see whether it answers.
    init(lane: Lane, consumer: Consumer, topic: String, stallTimeout: Duration, metrics: FlowMetrics, log: Log) {
        self.lane = lane
        self.consumer = consumer
        self.topic = topic
        self.metrics = metrics
        self.log = log
        watchdog = Watchdog(timeout: stallTimeout)
    }

    /// Runs until the lane is closed.
    mutating func run() {
        while !lane.isClosed {
            look()
            if metrics.isKafkaAway { ask() }
            lane.pause(for: Self.interval)
        }
    }

    private mutating func look() {
        let account = lane.state.withLock { $0.flow.account }
        var ends: [TopicPartition: Int64] = [:]
        for partition in account.assignment { ends[partition] = consumer.cachedWatermarks(of: partition)?.high }
        let change = watchdog.look(
            committed: metrics.committedOffsets(of: account.assignment),
            ends: ends,
            inFlight: account.inFlightRecords,
            at: .now
        )
        switch change {
        case .stalled:
            metrics.stalled(lane, true)
            log.warning("nothing is committed", account.whereabouts)
        case .recovered:
            metrics.stalled(lane, false)
            log.info("records are committed again")
        case nil:
            break
        }
    }

    private func ask() {
        do throws(KafkaError) {
            _ = try consumer.partitions(of: topic, timeout: Self.interval)
            metrics.kafkaAnswered()
        } catch {
            // A topic that is hidden from the consumer's patterns is called unknown, by an answer all the same.
            guard error.kind != .unknownTopicOrPartition else { return metrics.kafkaAnswered() }
            // It has been told already that Kafka is away.
            metrics.kafkaError(error)
        }
    }
}
