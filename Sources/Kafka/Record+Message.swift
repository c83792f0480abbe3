// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Glibc

extension Record {
    /// Copies a message of librdkafka, which the caller still owns and must destroy.
    init(copying message: UnsafeMutablePointer<rd_kafka_message_t>, topic: String) {
        self.init(
            topicPartition: TopicPartition(topic: topic, partition: message.pointee.partition),
            offset: message.pointee.offset,
            timestamp: Timestamp(of: message),
            key: copy(message.pointee.key, message.pointee.key_len),
            value: copy(message.pointee.payload, message.pointee.len),
            headers: HeaderList.copy(of: message)
        )
    }
}

extension Timestamp {
    fileprivate init?(of message: UnsafeMutablePointer<rd_kafka_message_t>) {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &kind)
        switch kind {
        case RD_KAFKA_TIMESTAMP_CREATE_TIME: self.init(milliseconds: milliseconds, kind: .createTime)
        case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: self.init(milliseconds: milliseconds, kind: .logAppendTime)
        default: return nil
        }
    }
}

/// The bytes at `start`; a null pointer is nil, a length of 0 is empty.
func copy(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
    start.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: count)) }
}

/// The name of the topic that messages come from. Neighbours in a queue nearly always share it, so that comparing
/// some bytes saves a new `String` per record. The handle's address would not do as a key: it may be used again.
struct TopicName {
    private var text = ""
    private var bytes: [CChar] = [0]

    mutating func name(of handle: OpaquePointer?) -> String {
        guard let handle, let name = rd_kafka_topic_name(handle) else { return "" }
        if strcmp(name, bytes) != 0 {
            text = String(cString: name)
            bytes = Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        }
        return text
    }
}
