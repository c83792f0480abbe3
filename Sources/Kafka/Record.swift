// SPDX-License-Identifier: Apache-2.0

/// One record as it was read; its bytes are copies of its own.
public struct Record: Sendable, Hashable {
    /// The partition it was read from.
    public let topicPartition: TopicPartition
    /// Its place in the partition. Offsets rise, but not always by one: compaction and transactions leave gaps.
    public let offset: Int64
    /// When it was made or stored; nil where the broker has no time for it.
    public let timestamp: Timestamp?
    /// The key; nil (no key) and empty are two things.
    public let key: [UInt8]?
    /// The value; nil is a tombstone, and not the same as empty.
    public let value: [UInt8]?
    /// The headers in their order, repeats and all.
    public let headers: [Header]

    /// Bytes of its key, value and headers, which is what it takes while it is in flight.
    public var byteCount: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
    }

    /// Creates a record, as a test or a replay does.
    public init(
        topicPartition: TopicPartition,
        offset: Int64,
        timestamp: Timestamp? = nil,
        key: [UInt8]? = nil,
        value: [UInt8]?,
        headers: [Header] = []
    ) {
        self.topicPartition = topicPartition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// The topic it was read from.
    public var topic: String { topicPartition.topic }
    /// The number of the partition it was read from.
    public var partition: Int32 { topicPartition.partition }

    /// The text of the last header of a name: programs that a record passes put theirs behind those that are there.
    public func lastHeader(_ name: String) -> String? {
        headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// A name and some bytes that travel with a record. A name may occur more than once.
public struct Header: Sendable, Hashable {
    /// The name, UTF-8 by Kafka's rule; bytes that are not come out as U+FFFD.
    public let name: String
    /// The bytes; nil and empty are two things.
    public let value: [UInt8]?

    /// Creates a header.
    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// Creates a header whose bytes are a text.
    public init(_ name: String, _ value: some CustomStringConvertible) {
        self.init(name: name, value: Array(value.description.utf8))
    }
}

/// The time of a record.
public struct Timestamp: Sendable, Hashable {
    /// Who set the time.
    public enum Kind: Sendable, Hashable {
        /// The producer, when it made the record.
        case createTime
        /// The broker, when it stored the record.
        case logAppendTime
    }

    /// Milliseconds since 1970-01-01 00:00 UTC.
    public let milliseconds: Int64
    /// Who set the time.
    public let kind: Kind

    /// Creates a time.
    public init(milliseconds: Int64, kind: Kind = .createTime) {
        self.milliseconds = milliseconds
        self.kind = kind
    }
}
