// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// Which partitions are read, and from where.
extension Consumer {
    /// Joins the group for these topics; `poll` does the rest. A name that begins with `^` is a regular expression.
    /// A topic that does not exist comes as an error of a later `poll`.
    public func subscribe(_ topics: [String]) throws(KafkaError) {
        try client.forwardMainQueue()
        // librdkafka ignores the partition here.
        let list = PartitionList(topics.map { TopicPartition(topic: $0, partition: -1) })
        try client.check(rd_kafka_subscribe(client.handle, list.pointer), "subscription to \(topics)")
    }

    /// Reads exactly these partitions from these positions, in place of all before. No other member is asked.
    public func assign(_ positions: [TopicPartition: Offset]) throws(KafkaError) {
        try client.forwardMainQueue()
        let operation = "assignment of \(positions.keys.summary)"
        let list = PartitionList(try raw(positions, operation))
        try client.check(rd_kafka_assign(client.handle, list.pointer), operation)
    }

    /// Stops these partitions from coming until `resume`. What librdkafka holds of them already is fetched again then.
    ///
    /// Only for partitions that have begun, with a record or their end; the same goes for `resume`. If either comes while
    /// librdkafka (2.0.2) gives itself the order to begin, it takes that for outdated, and the partition is never read.
    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        let operation = "pause of \(partitions.summary)"
        try client.check(rd_kafka_pause_partitions(client.handle, list.pointer), operation)
        try list.check(operation)
    }

    /// Lets paused partitions come again, from where they stopped.
    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        let operation = "resumption of \(partitions.summary)"
        try client.check(rd_kafka_resume_partitions(client.handle, list.pointer), operation)
        try list.check(operation)
    }

    /// Has these partitions go on from these offsets. What librdkafka holds of them is dropped at once, and the rest is left to
    /// its own thread: under load that may take seconds, which no caller should wait for. For partitions that are assigned
    /// and have begun.
    public func seek(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
        let list = PartitionList(offsets)
        let operation = "seek of \(offsets.keys.summary)"
        let withoutWaiting: Int32 = 0
        if let error = rd_kafka_seek_partitions(client.handle, list.pointer, withoutWaiting) {
            throw KafkaError(owning: error, during: operation)
        }
        try list.check(operation, except: RD_KAFKA_RESP_ERR__IN_PROGRESS)
    }

    private func raw(
        _ positions: [TopicPartition: Offset],
        _ operation: String
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Int64] = [:]
        for (partition, position) in positions {
            guard let offset = position.raw else {
                let reason = "\(position) of \(partition): an offset is not negative"
                throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, during: operation, reason: reason)
            }
            offsets[partition] = offset
        }
        return offsets
    }
}
