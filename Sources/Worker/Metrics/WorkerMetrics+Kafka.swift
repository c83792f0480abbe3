// SPDX-License-Identifier: Apache-2.0
import Kafka

extension WorkerMetrics {
    /// Commits, transactions, the group and its errors.
    func kafka(_ now: State, _ workers: [Health.Status], _ text: inout MetricsText) {
        text.metric(
            "cloud4bert_commits_total",
            .counter,
            "Commits of offsets, by result.",
            [([("result", "ok")], Double(commits.value)), ([("result", "failed")], Double(failedCommits.value))]
        )
        text.metric(
            "cloud4bert_transactions_committed_total",
            .counter,
            "Transactions committed.",
            committedTransactions.value
        )
        text.metric(
            "cloud4bert_transactions_aborted_total",
            .counter,
            "Transactions that failed, by the kind of error; what they held is published again.",
            now.abortedTransactions.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { ([("reason", $0.key.rawValue)], Double($0.value)) }
        )
        if let time = health.lastCommit {
            text.metric(
                "cloud4bert_last_commit_timestamp_seconds",
                .gauge,
                "When offsets were last committed.",
                [([], time)]
            )
        }
        text.metric(
            "cloud4bert_stalled_consumers",
            .gauge,
            "Consumers that have records and commit none for stall.timeout.",
            health.stalledWorkers
        )
        text.metric(
            "cloud4bert_kafka_away",
            .gauge,
            "1 while Kafka does not answer.",
            health.isKafkaUnavailable ? 1 : 0
        )
        text.metric(
            "cloud4bert_catch_up_jumps_total",
            .counter,
            "Jumps of a partition's front to its newest records; catch.up=newest_first alone makes any.",
            jumps.value
        )
        text.metric(
            "cloud4bert_catch_up_records",
            .gauge,
            "Records that were jumped over and are not done.",
            workers.reduce(0) { $0 + $1.account.behind }
        )
        text.metric(
            "cloud4bert_rebalances_total",
            .counter,
            "Changes of the assignment, by kind.",
            now.rebalances.sorted { $0.key < $1.key }.map { ([("type", $0.key)], Double($0.value)) }
        )
        text.metric(
            "cloud4bert_kafka_errors_total",
            .counter,
            "Errors that librdkafka reports, by kind.",
            KafkaError.Kind.allCases.map { ([("kind", $0.rawValue)], Double(now.kafkaErrors[$0] ?? 0)) }
        )
    }
}
