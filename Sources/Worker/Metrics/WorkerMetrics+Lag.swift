// SPDX-License-Identifier: Apache-2.0
import Kafka

extension WorkerMetrics {
    /// How far the partitions are done, each for as long as it is assigned, and where all of them are going.
    func lag(_ workers: [Health.Status], _ text: inout MetricsText) {
        let progress = workers.flatMap(\.progress)
        text.metric(
            "cloud4bert_committed_offset",
            .gauge,
            "The offset committed by this worker, by partition.",
            progress.map { (labels($0.partition), Double($0.committed.offset)) }
        )
        text.metric(
            "cloud4bert_consumer_lag_records",
            .gauge,
            "Records from the committed offset to the end that are not done, by partition.",
            progress.compactMap { entry in entry.lag.map { (labels(entry.partition), Double($0)) } }
        )
        text.metric(
            "cloud4bert_consumer_lag_seconds",
            .gauge,
            "Age of the oldest record that is not done, by its timestamp, by partition; 0 where all are done. What a front has jumped over does not count.",
            progress.compactMap { entry in entry.lagSeconds.map { (labels(entry.partition), $0) } }
        )
        let forecast = LagForecast(workers)
        text.metric(
            "cloud4bert_consumer_lag_trend_records_per_second",
            .gauge,
            "How fast the lag of all partitions grows, over the last minute; below 0 it shrinks.",
            forecast.recordsPerSecond.map { [([], $0)] } ?? []
        )
        text.metric(
            "cloud4bert_consumer_caught_up_in_seconds",
            .gauge,
            "When the lag will be 0, if it goes on like that; +Inf where it does not shrink.",
            forecast.seconds.map { [([], $0)] } ?? []
        )
    }

    private func labels(_ partition: TopicPartition) -> [(String, String)] {
        [("topic", partition.topic), ("partition", "\(partition.partition)")]
    }
}
