// SPDX-License-Identifier: Apache-2.0
import Kafka
import Logging
import Synchronization
import Threading

/// Carries the group's decisions out on a lane. Runs inside the consumer's poll, on the intake's thread.
final class Rebalancing: Sendable {
    private let lane: Lane
    private let drainTimeout: Duration
    private let metrics: FlowMetrics
    private let log: Log
    /// Set right after the consumer is made, which needs this hook first. The consumer lets go of the hook when it is
    /// closed, which ends the cycle.
    private let consumer = Mutex<Consumer?>(nil)

    init(lane: Lane, drainTimeout: Duration, metrics: FlowMetrics, log: Log) {
        self.lane = lane
        self.drainTimeout = drainTimeout
        self.metrics = metrics
        self.log = log
    }

    func attach(_ consumer: Consumer) {
        self.consumer.withLock { $0 = consumer }
    }

    func handle(_ change: Consumer.Rebalance) {
        guard let consumer = consumer.withLock({ $0 }) else { return }
        switch change {
        case .assigned(let partitions):
            lane.state.withLock { $0.flow.assign(partitions) }
        case .revoked(let partitions):
            revoke(partitions, consumer)
        case .lost(let partitions):
            lane.state.withLock { $0.flow.lose(partitions) }
            lane.state.broadcast()
            log.warning("partitions were lost; another worker reads them", ["partitions": partitions.description])
        }
        metrics.rebalanced(change)
    }

    /// Waits for what is in flight of the partitions, commits how far they came, and gives them up: once they are, nothing
    /// else can be published or committed for them.
    private func revoke(_ partitions: [TopicPartition], _ consumer: Consumer) {
        if !lane.drain(partitions, until: .now + drainTimeout) {
            log.warning(
                "drain.timeout is over; the next worker repeats records in flight",
                ["partitions": partitions.description]
            )
            // What is in it already need not be repeated.
            lane.endTransaction(until: .now + lane.limit(drainTimeout))
        }
        let positions = lane.state.withLock { state in
            let positions = state.flow.positions(of: partitions)
            state.flow.revoke(partitions)
            return positions
        }
        // A transaction commits by itself. One that is open still and holds records of these partitions ends with or
        // without all of them, for the group refuses its offsets once somebody else may have read them.
        guard !lane.isTransactional, !positions.isEmpty else { return }
        do throws(KafkaError) {
            try consumer.commit(positions, timeout: lane.limit(drainTimeout))
            metrics.committed(positions)
        } catch {
            metrics.commitFailed()
            log.warning("the last commit failed; the next worker repeats records", ["error": error.description])
        }
    }
}
