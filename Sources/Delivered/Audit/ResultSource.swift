// SPDX-License-Identifier: Apache-2.0
import Configuration
import JSON
import Kafka

/// The record of the input that a result names as its own.
struct ResultSource: Hashable, Comparable {
    let partition: TopicPartition
    let offset: Int64

    init(topic: String, partition: Int32, offset: Int64) {
        self.partition = TopicPartition(topic: topic, partition: partition)
        self.offset = offset
    }

    static func < (first: Self, second: Self) -> Bool {
        (first.partition, first.offset) < (second.partition, second.offset)
    }

    /// Parses a record's `id`. A topic's name may have hyphens in it; the numbers have none.
    init?(id: String) {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, let partition = Int32(parts[parts.count - 2]),
            let offset = Int64(parts[parts.count - 1])
        else { return nil }
        self.init(topic: parts.dropLast(2).joined(separator: "-"), partition: partition, offset: offset)
    }

    /// Finds what a dead letter names, in its headers; nil if that is no place where a record can have been.
    init?(deadLetter record: Record) {
        guard let topic = record.lastHeader(OwnHeaders.errorPrefix + "topic"),
            let partition = record.lastHeader(OwnHeaders.errorPrefix + "partition").flatMap({ Int32($0) }),
            let offset = record.lastHeader(OwnHeaders.errorPrefix + "offset").flatMap({ Int64($0) }),
            Topic.isName(topic), partition >= 0, offset >= 0
        else { return nil }
        self.init(topic: topic, partition: partition, offset: offset)
    }

    /// Finds what an output record of any `output.mode` names.
    ///
    /// Records that went through other workers before have what those said of them too: the first place that names one
    /// of the topics in question is taken. In the value the merged field is looked at before the envelope, since what
    /// stands beside that field is the input's own.
    /// - Parameter field: the name of the field that `merge` adds.
    init?(output record: Record, of topics: Set<String>, field: String) {
        func isMeant(_ source: ResultSource?) -> ResultSource? {
            source.flatMap { topics.contains($0.partition.topic) ? $0 : nil }
        }
        let id = record.lastHeader(OwnHeaders.source)
        if let source = isMeant(id.flatMap { ResultSource(id: $0) }) {
            self = source
            return
        }
        guard let value = record.value, let named = try? Self.named(in: value, field: field),
            let source = isMeant(named.merged) ?? isMeant(named.own)
        else { return nil }
        self = source
    }

    /// What a value names: in the merged field, and beside it.
    private static func named(
        in value: [UInt8],
        field: String
    ) throws(JSONFailure) -> (merged: ResultSource?, own: ResultSource?) {
        var reader = try JSONReader(value)
        var merged: ResultSource?
        let utf8 = Array(field.utf8)
        let own = try source(&reader) { (member, reader) throws(JSONFailure) in
            // Looked into by a reader of its own: the field may have the name of the envelope's.
            guard reader.isEqual(member, utf8) else { return }
            var inside = reader
            merged = try source(&inside) { (_, _) throws(JSONFailure) in }
        }
        try reader.finish()
        return (merged, own)
    }

    /// Reads the `source` of an envelope; nil if the value is none.
    /// - Parameter body: hears of each member before its value is read.
    private static func source(
        _ reader: inout JSONReader,
        _ body: (JSONString, JSONReader) throws(JSONFailure) -> Void
    ) throws(JSONFailure) -> ResultSource? {
        var source: ResultSource?
        guard reader.enterObject() else {
            try reader.skipValue()
            return nil
        }
        while let member = try reader.nextMember() {
            try body(member, reader)
            if reader.isEqual(member, "source") { source = try place(&reader) } else { try reader.skipValue() }
        }
        return source
    }

    /// Reads a topic, a partition and an offset; nil if the value has not all of them.
    private static func place(_ reader: inout JSONReader) throws(JSONFailure) -> ResultSource? {
        var (topic, partition, offset): (String?, Int32?, Int64?)
        guard reader.enterObject() else {
            try reader.skipValue()
            return nil
        }
        while let member = try reader.nextMember() {
            if reader.isEqual(member, "topic"), let string = try reader.string() {
                topic = reader.text(string)
            } else {
                let value = try reader.skipValue()
                if reader.isEqual(member, "topic") { topic = nil }
                if reader.isEqual(member, "partition") { partition = Int32(reader.written(value)) }
                if reader.isEqual(member, "offset") { offset = Int64(reader.written(value)) }
            }
        }
        guard let topic, let partition, let offset else { return nil }
        return ResultSource(topic: topic, partition: partition, offset: offset)
    }
}
