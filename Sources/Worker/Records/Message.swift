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
    /// What names a record for good: its topic, partition and offset.
    var id: String { "\(topicPartition.topic)-\(topicPartition.partition)-\(offset)" }
}
