// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Glibc

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

    /// The partitions being read, paused ones too.
    public var assignment: [TopicPartition] {
        get throws(KafkaError) {
            var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
            try client.check(rd_kafka_assignment(client.handle, &list), "query of the assignment")
            guard let list else { return [] }
            return PartitionList(owning: list).partitions
        }
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

    /// Goes on elsewhere in partitions that are assigned; what was fetched for the old place never comes.
    /// Waits for partitions that were assigned just now, as in the rebalance hook.
    public func seek(_ positions: [TopicPartition: Offset], timeout: Duration) throws(KafkaError) {
        let operation = "seek in \(positions.keys.summary)"
        let deadline = ContinuousClock.now + timeout
        var pending = try raw(positions, operation)
        // A seek takes no "committed", so that has to be looked up; where nothing is committed, an invalid offset
        // makes librdkafka go where `auto.offset.reset` says.
        let rewound = positions.filter { $0.value == .committed }.map(\.key)
        if !rewound.isEmpty {
            let committed = try committed(rewound, timeout: timeout)
            for partition in rewound { pending[partition] = committed[partition] ?? Int64(RD_KAFKA_OFFSET_INVALID) }
        }
        while !pending.isEmpty {
            let left = max(ContinuousClock.now.duration(to: deadline), .milliseconds(1))
            let list = PartitionList(pending)
            let error = rd_kafka_seek_partitions(client.handle, list.pointer, left.milliseconds)
                .map { KafkaError(owning: $0, during: operation) }
            // A partition whose fetching has not begun is in the wrong state for a seek, and one whose fetching begins
            // just now forgets it for that: try those again.
            let waiting = PartitionList.elements(of: list.pointer)
                .filter { [RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__OUTDATED].contains($0.err) }
                .map(TopicPartition.init)
            guard !waiting.isEmpty, ContinuousClock.now < deadline else {
                try list.check(operation)
                if let error { throw error }
                return
            }
            pending = pending.filter { waiting.contains($0.key) }
            usleep(5_000)
        }
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
