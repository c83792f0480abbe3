// SPDX-License-Identifier: Apache-2.0
import Kafka

/// What is left to read of a partition's oldest gap.
struct UnreadGap: Equatable {
    /// Of the partition, when it was assigned.
    let generation: Int
    let offsets: Range<Int64>

    /// Whether this is a later look at the same gap.
    func isRest(of other: UnreadGap?) -> Bool {
        generation == other?.generation && offsets.upperBound == other?.offsets.upperBound
    }
}

/// Reads what the fronts of partitions have jumped over, with a consumer apart from the group, which is there only while
/// there is something to read. One thread's.
struct GapReader {
    private let connect: @Sendable () throws(KafkaError) -> Consumer
    private var consumer: Consumer?
    private var reading: [TopicPartition: UnreadGap] = [:]

    private static let closeTimeout = Duration.seconds(5)

    /// - Parameter connect: makes a consumer that begins where the brokers do when what it is to read is gone.
    init(connect: @escaping @Sendable () throws(KafkaError) -> Consumer) { self.connect = connect }

    /// Reads from these gaps, of which there is one at least, and from no others.
    mutating func poll(
        _ gaps: [TopicPartition: UnreadGap],
        upTo limit: Int,
        bytes: Int,
        timeout: Duration
    ) throws(KafkaError) -> Consumer.Poll {
        let consumer = try connected()
        if gaps.count != reading.count || !gaps.allSatisfy({ $0.value.isRest(of: reading[$0.key]) }) {
            try consumer.assign(gaps.mapValues { .at($0.offsets.lowerBound) })
        }
        reading = gaps
        return consumer.poll(upTo: limit, bytes: bytes, timeout: timeout)
    }

    private mutating func connected() throws(KafkaError) -> Consumer {
        if let consumer { return consumer }
        let made = try connect()
        consumer = made
        return made
    }

    /// Ends all reading.
    mutating func close() {
        reading = [:]
        // It has committed nothing, and is a member of no group: whatever goes wrong now is no loss.
        consumer?.close(timeout: Self.closeTimeout)
        consumer = nil
    }
}
