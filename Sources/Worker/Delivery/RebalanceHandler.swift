// SPDX-License-Identifier: Apache-2.0
import Kafka
import Logging
import Synchronization

/// Carries the group's decisions out on a consumer worker. Runs inside the consumer's poll, on the intake's thread.
struct RebalanceHandler: Sendable {
    let worker: ConsumerWorker
    let drainTimeout: Duration
    let metrics: WorkerMetrics
    let health: Health
    let log: Log

    func handle(_ change: Consumer.Rebalance) {
        switch change {
        case .assigned(let partitions):
            worker.withPartitions { $0.assign(partitions) }
        case .revoked(let partitions):
            revoke(partitions)
            health.forget(partitions)
        case .lost(let partitions):
            worker.withPartitions { $0.lose(partitions) }
            health.forget(partitions)
            log.warning("partitions lost; another worker reads them", ["partitions": partitions.description])
        }
        metrics.rebalanced(change)
    }

    /// Waits until what is in flight of the partitions is published and committed, and gives them up: once they are,
    /// nothing else can be published or committed for them.
    private func revoke(_ partitions: [TopicPartition]) {
        if !worker.drain(partitions, until: .now + drainTimeout) {
            log.warning(
                "drain.timeout exceeded; records in flight will be read again",
                ["partitions": partitions.description]
            )
            // What is published already need not be repeated.
            worker.commit(until: .now + worker.limit(drainTimeout))
        }
        // A transaction that is open still and holds records of these partitions ends with or without all of them, for
        // the group refuses its offsets once another worker may have read them.
        worker.revoke(partitions)
    }
}
