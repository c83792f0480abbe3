// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// A committed offset with the text that its group keeps beside it.
public struct OffsetAndMetadata: Sendable, Hashable {
    /// The next record to read.
    public let offset: Int64
    /// The group's own text. Brokers take 4,096 bytes unless `offset.metadata.max.bytes` says otherwise.
    public let metadata: String

    /// Creates one.
    public init(offset: Int64, metadata: String) {
        self.offset = offset
        self.metadata = metadata
    }
}

/// Committed offsets with their metadata.
extension Consumer {
    /// Commits and waits for the broker's answer.
    public func commit(withMetadata positions: [TopicPartition: OffsetAndMetadata], timeout: Duration = .seconds(30))
        throws(KafkaError)
    {
        guard !positions.isEmpty else { return }
        let list = PartitionList(positions.mapValues(\.offset))
        for element in PartitionList.elements(of: list.pointer).indices {
            list.pointer.pointee.elems[element].setMetadata(
                positions[TopicPartition(list.pointer.pointee.elems[element])]?.metadata ?? ""
            )
        }
        try Commit(list, of: client, "commit of \(positions.keys.summary)").finish(timeout: timeout)
    }

    /// What the group has committed, asked of the cluster. Partitions without a commit are not in the answer.
    public func committedWithMetadata(
        of partitions: [TopicPartition],
        timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: OffsetAndMetadata] {
        guard !partitions.isEmpty else { return [:] }
        let list = PartitionList(partitions)
        let operation = "query of the committed offsets of \(partitions.summary)"
        try client.check(rd_kafka_committed(client.handle, list.pointer, timeout.milliseconds), operation)
        try list.check(operation)
        var positions: [TopicPartition: OffsetAndMetadata] = [:]
        for element in PartitionList.elements(of: list.pointer) where element.offset >= 0 {
            positions[TopicPartition(element)] = OffsetAndMetadata(offset: element.offset, metadata: element.text)
        }
        return positions
    }
}

extension rd_kafka_topic_partition_t {
    fileprivate var text: String {
        String(
            decoding: UnsafeRawBufferPointer(start: metadata, count: metadata == nil ? 0 : metadata_size),
            as: UTF8.self
        )
    }

    /// Gives the element a copy of the text, which is freed with the list.
    fileprivate mutating func setMetadata(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
            metadata = rd_kafka_mem_malloc(nil, bytes.count)
            metadata.copyMemory(from: start, byteCount: bytes.count)
            metadata_size = bytes.count
        }
    }
}
