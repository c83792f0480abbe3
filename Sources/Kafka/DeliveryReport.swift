// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// What became of one record that was sent.
public struct DeliveryReport: Sendable, Hashable {
    /// The token that `send` was given.
    public let token: UInt64
    /// Where the record went; the partition is -1 if it failed before one was chosen.
    public let topicPartition: TopicPartition
    /// The record's offset; nil when it failed, or with `acks=0`.
    public let offset: Int64?
    /// Why the record was not delivered; nil when it was. librdkafka has retried by then: sending the record
    /// again may write it twice, and out of order.
    public let error: KafkaError?

    /// Creates a report, as a test does.
    public init(token: UInt64, topicPartition: TopicPartition, offset: Int64?, error: KafkaError? = nil) {
        self.token = token
        self.topicPartition = topicPartition
        self.offset = offset
        self.error = error
    }

    init(of message: UnsafePointer<rd_kafka_message_t>, topic: String) {
        token = UInt64(UInt(bitPattern: message.pointee._private))
        topicPartition = TopicPartition(topic: topic, partition: message.pointee.partition)
        let code = message.pointee.err
        offset = code == RD_KAFKA_RESP_ERR_NO_ERROR && message.pointee.offset >= 0 ? message.pointee.offset : nil
        error =
            code == RD_KAFKA_RESP_ERR_NO_ERROR
            ? nil : KafkaError(code, during: "delivery to \(topicPartition)")
    }
}
