// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// What the group has committed, and what the brokers hold. An offset to commit is that of the next record to read.
extension Consumer {
    /// A commit that was begun and whose result is still to be looked at.
    public final class Commit: Sendable {
        private let operation: String
        /// A queue of its own keeps the result apart, and gives a wait for it an end, which librdkafka's own blocking
        /// commit does not have. Any thread may poll it, and only `deinit` destroys it.
        private nonisolated(unsafe) let queue: OpaquePointer?
        /// The queue belongs to the client.
        private let client: Client

        init(_ list: consuming PartitionList, of client: Client, _ operation: String) throws(KafkaError) {
            self.operation = operation
            self.client = client
            queue = rd_kafka_queue_new(client.handle)
            // The empty callback is never called, but without one the result would come with the next poll as well.
            let code = rd_kafka_commit_queue(client.handle, list.pointer, queue, { _, _, _, _ in }, nil)
            try client.check(code, operation)
        }

        deinit { rd_kafka_queue_destroy(queue) }

        /// Waits for the result, and throws where there is none in time.
        func finish(timeout: Duration) throws(KafkaError) {
            guard let result = result(timeout: timeout) else {
                throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, during: operation)
            }
            _ = try result.get()
        }

        /// Waits for the result; nil if it is not there in time. It comes once.
        public func result(timeout: Duration) -> Result<[TopicPartition: OffsetAndMetadata], KafkaError>? {
            guard let event = rd_kafka_queue_poll(queue, timeout.milliseconds) else { return nil }
            defer { rd_kafka_event_destroy(event) }
            let code = rd_kafka_event_error(event)
            guard let answer = rd_kafka_event_topic_partition_list(event) else {
                return .failure(KafkaError(code, during: operation))
            }
            // It can succeed as a whole and still fail for one partition.
            if let error = PartitionList.firstError(in: answer, during: operation) { return .failure(error) }
            if code != RD_KAFKA_RESP_ERR_NO_ERROR { return .failure(KafkaError(code, during: operation)) }
            return .success(PartitionList.positions(in: answer))
        }
    }

    /// Starts a commit. May be called from any thread, and in the rebalance hook.
    public func startCommit(_ offsets: [TopicPartition: OffsetAndMetadata]) throws(KafkaError) -> Commit {
        try Commit(commitList(offsets), of: client, "commit of \(offsets.keys.summary)")
    }

    /// Commits and waits for the broker's answer. Throws if any partition was refused.
    public func commit(
        _ offsets: [TopicPartition: OffsetAndMetadata],
        timeout: Duration = .seconds(30)
    ) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        try startCommit(offsets).finish(timeout: timeout)
    }

    /// What the group has committed, asked of the cluster. Partitions without a commit are not in the answer.
    public func committed(
        _ partitions: [TopicPartition],
        timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: OffsetAndMetadata] {
        guard !partitions.isEmpty else { return [:] }
        let list = PartitionList(partitions)
        let operation = "query of the committed offsets of \(partitions.summary)"
        try client.check(rd_kafka_committed(client.handle, list.pointer, timeout.milliseconds), operation)
        try list.check(operation)
        return list.positions
    }

    /// The oldest record's offset and the offset that the next record will get, asked of the cluster.
    public func watermarks(
        of partition: TopicPartition,
        timeout: Duration
    ) throws(KafkaError) -> (low: Int64, high: Int64) {
        var (low, high) = (Int64(0), Int64(0))
        let code = rd_kafka_query_watermark_offsets(
            client.handle,
            partition.topic,
            partition.partition,
            &low,
            &high,
            timeout.milliseconds
        )
        try client.check(code, "query of the watermarks of \(partition)")
        return (low, high)
    }

    /// The first offset of each partition whose record is not older than this time, in milliseconds since 1970, asked of
    /// the cluster. Partitions without such a record are not in the answer.
    public func offsets(
        at milliseconds: Int64,
        of partitions: [TopicPartition],
        timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        let list = PartitionList(Dictionary(partitions.map { ($0, milliseconds) }) { $1 })
        let operation = "query of the offsets of \(partitions.summary) at a time"
        try client.check(rd_kafka_offsets_for_times(client.handle, list.pointer, timeout.milliseconds), operation)
        try list.check(operation)
        return list.offsets
    }

    /// Whether the cluster is a `LocalCluster`, of this process or of another one; false if none answers in time.
    public func isOnLocalCluster(timeout: Duration) -> Bool { client.isOnLocalCluster(timeout: timeout) }

    /// The watermarks that came with the last fetched records, without asking the cluster: for lag. Nil before the
    /// first fetch.
    public func cachedWatermarks(of partition: TopicPartition) -> (low: Int64, high: Int64)? {
        var (low, high) = (Int64(0), Int64(0))
        let code = rd_kafka_get_watermark_offsets(
            client.handle,
            partition.topic,
            partition.partition,
            &low,
            &high
        )
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? (max(0, low), high) : nil
    }

    /// The numbers of a topic's partitions, asked of the cluster.
    public func partitions(of topic: String, timeout: Duration) throws(KafkaError) -> [Int32] {
        try client.partitions(of: topic, timeout: timeout)
    }

    /// librdkafka would leave out negative offsets in silence.
    private func commitList(_ offsets: [TopicPartition: OffsetAndMetadata]) throws(KafkaError) -> PartitionList {
        if let (partition, offset) = offsets.first(where: { $0.value.offset < 0 }) {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG,
                during: "commit of \(partition)",
                reason: "the offset \(offset.offset) is negative"
            )
        }
        return PartitionList(offsets)
    }
}
