// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Where records come from, and where it is kept how far they are done. Any thread may call it.
protocol RecordSource: Sendable {
    /// Begins to read.
    func open() throws(KafkaError)

    /// Waits for something to come, then takes what is there without waiting.
    func poll(upTo limit: Int, bytes: Int, timeout: Duration) -> Consumer.Poll

    /// Stops these partitions from coming until `resume`; both only for those of which something came.
    func pause(_ partitions: [TopicPartition]) throws(KafkaError)
    func resume(_ partitions: [TopicPartition]) throws(KafkaError)

    /// Has these partitions, of which something came, go on from these offsets; what was fetched of them is dropped. Waits for
    /// nothing.
    func seek(_ offsets: [TopicPartition: Int64]) throws(KafkaError)

    /// Where a partition begins and ends, as far as that is known without asking.
    func cachedWatermarks(of partition: TopicPartition) -> (low: Int64, high: Int64)?

    /// Whether commits are refused for now, since the group is being joined.
    var isJoining: Bool { get }

    /// Starts to commit offsets, each that of the next record to read.
    func startCommit(_ offsets: [TopicPartition: OffsetAndMetadata]) throws(KafkaError) -> any CommitUnderWay

    /// How far these partitions are committed.
    func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [TopicPartition:
        OffsetAndMetadata]

    /// Ends all reading, which may run the rebalance hook; returns the last errors.
    func close(timeout: Duration) -> Consumer.Poll
}

/// A commit that was started.
protocol CommitUnderWay: Sendable {
    /// Waits for the result, which comes once; nil if it is not there in time.
    func result(timeout: Duration) -> Result<[TopicPartition: OffsetAndMetadata], KafkaError>?
}

extension Consumer.Commit: CommitUnderWay {}

/// The partitions that a group gives to one of its members.
struct GroupSource: RecordSource {
    let consumer: Consumer
    let topics: [String]

    func open() throws(KafkaError) { try consumer.subscribe(topics) }

    func poll(upTo limit: Int, bytes: Int, timeout: Duration) -> Consumer.Poll {
        consumer.poll(upTo: limit, bytes: bytes, timeout: timeout)
    }

    func pause(_ partitions: [TopicPartition]) throws(KafkaError) { try consumer.pause(partitions) }

    func resume(_ partitions: [TopicPartition]) throws(KafkaError) { try consumer.resume(partitions) }

    func seek(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
        try consumer.seek(offsets)
    }

    func cachedWatermarks(of partition: TopicPartition) -> (low: Int64, high: Int64)? {
        consumer.cachedWatermarks(of: partition)
    }

    var isJoining: Bool { consumer.isJoining }

    func startCommit(_ offsets: [TopicPartition: OffsetAndMetadata]) throws(KafkaError) -> any CommitUnderWay {
        try consumer.startCommit(offsets)
    }

    func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [TopicPartition:
        OffsetAndMetadata]
    {
        try consumer.committed(partitions, timeout: timeout)
    }

    func close(timeout: Duration) -> Consumer.Poll { consumer.close(timeout: timeout) }
}
