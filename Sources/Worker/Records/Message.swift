// SPDX-License-Identifier: Apache-2.0
import Kafka

/// A record that is to be published.
struct Message: Sendable, Equatable {
    let topic: String
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [Header]
    /// Milliseconds since 1970; nil if the input record had none.
    let timestamp: Int64?

    /// A message that keeps all of `record` but what is given here.
    init(_ record: Record, to topic: String, value: [UInt8]?, headers: [Header]) {
        self.topic = topic
        key = record.key
        self.value = value
        self.headers = headers
        timestamp = record.timestamp?.milliseconds
    }
}

extension Record {
    /// What names a record for good: its topic, partition and offset, or its file and line.
    var id: String { isLine ? "\(topic):\(offset)" : "\(topic)-\(partition)-\(offset)" }

    /// A text of a file, in the place of a record of a topic.
    /// - Parameter number: the line that it begins on, from 1.
    init(line number: Int64, of path: String, value: [UInt8]) {
        self.init(
            topicPartition: TopicPartition(topic: path, partition: Self.noPartition),
            offset: number,
            value: value
        )
    }

    /// Whether it is of a file.
    var isLine: Bool { partition == Self.noPartition }

    /// What stands for the number of a partition where there is none.
    static let noPartition: Int32 = -1
}
