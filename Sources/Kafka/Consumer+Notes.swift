// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// How far a group has come in a partition, and what it wrote down beside that.
public struct NotedOffset: Sendable, Hashable {
    /// The next record to read.
    public let offset: Int64
    /// The group's own text. Brokers take 4,096 bytes unless `offset.metadata.max.bytes` says otherwise.
    public let note: String

    /// Creates one.
    public init(offset: Int64, note: String) {
        self.offset = offset
        self.note = note
    }
}

/// Committed offsets with a note of the group's.
extension Consumer {
    /// Commits and waits for the broker's answer.
    public func commit(noted positions: [TopicPartition: NotedOffset], timeout: Duration = .seconds(30))
        throws(KafkaError)
    {
        guard !positions.isEmpty else { return }
        let list = PartitionList(positions.mapValues(\.offset))
        for element in PartitionList.elements(of: list.pointer).indices {
            list.pointer.pointee.elems[element].setNote(
                positions[TopicPartition(list.pointer.pointee.elems[element])]?.note ?? ""
            )
        }
        try Commit(list, of: client, "commit of \(positions.keys.summary)").finish(timeout: timeout)
    }

    /// What the group has committed, asked of the cluster. Partitions without a commit are not in the answer.
    public func notedOffsets(
        of partitions: [TopicPartition],
        timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: NotedOffset] {
        guard !partitions.isEmpty else { return [:] }
        let list = PartitionList(partitions)
        let operation = "query of the committed offsets of \(partitions.summary)"
        try client.check(rd_kafka_committed(client.handle, list.pointer, timeout.milliseconds), operation)
        try list.check(operation)
        var positions: [TopicPartition: NotedOffset] = [:]
        for element in PartitionList.elements(of: list.pointer) where element.offset >= 0 {
            positions[TopicPartition(element)] = NotedOffset(offset: element.offset, note: element.note)
        }
        return positions
    }
}

extension rd_kafka_topic_partition_t {
    fileprivate var note: String {
        String(
            decoding: UnsafeRawBufferPointer(start: metadata, count: metadata == nil ? 0 : metadata_size),
            as: UTF8.self
        )
    }

    /// Gives the element a copy of the text, which is freed with the list.
    fileprivate mutating func setNote(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
            metadata = rd_kafka_mem_malloc(nil, bytes.count)
            metadata.copyMemory(from: start, byteCount: bytes.count)
            metadata_size = bytes.count
        }
    }
}
