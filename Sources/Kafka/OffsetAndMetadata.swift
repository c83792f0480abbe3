// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// A committed offset with the text that its group keeps beside it.
public struct OffsetAndMetadata: Sendable, Hashable {
    /// The next record to read.
    public let offset: Int64
    /// The group's own text. Brokers take 4,096 bytes unless `offset.metadata.max.bytes` says otherwise.
    public let metadata: String

    /// Creates one.
    public init(offset: Int64, metadata: String = "") {
        self.offset = offset
        self.metadata = metadata
    }
}

extension OffsetAndMetadata: ExpressibleByIntegerLiteral {
    /// An offset that nothing stands beside.
    public init(integerLiteral offset: Int64) { self.init(offset: offset) }
}

extension OffsetAndMetadata {
    init(_ element: rd_kafka_topic_partition_t) {
        let bytes = UnsafeRawBufferPointer(
            start: element.metadata,
            count: element.metadata == nil ? 0 : element.metadata_size
        )
        self.init(offset: element.offset, metadata: String(decoding: bytes, as: UTF8.self))
    }

    /// Fills an element of a list, which gets a copy of the text and frees it in the end.
    func write(to element: UnsafeMutablePointer<rd_kafka_topic_partition_t>) {
        element.pointee.offset = offset
        var text = metadata
        text.withUTF8 { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
            element.pointee.metadata = rd_kafka_mem_malloc(nil, bytes.count)
            element.pointee.metadata.copyMemory(from: start, byteCount: bytes.count)
            element.pointee.metadata_size = bytes.count
        }
    }
}
