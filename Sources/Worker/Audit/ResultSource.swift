// SPDX-License-Identifier: Apache-2.0
import Kafka

/// The record of the input that a result names as its own.
struct ResultSource: Equatable {
    let partition: TopicPartition
    let offset: Int64

    init(topic: String, partition: Int32, offset: Int64) {
        self.partition = TopicPartition(topic: topic, partition: partition)
        self.offset = offset
    }

    /// Parses a record's `id`. A topic's name may have hyphens in it; the numbers have none.
    init?(id: String) {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, let partition = Int32(parts[parts.count - 2]),
            let offset = Int64(parts[parts.count - 1])
        else { return nil }
        self.init(topic: parts.dropLast(2).joined(separator: "-"), partition: partition, offset: offset)
    }

    /// Finds what a dead letter names, in its headers.
    init?(deadLetter record: Record) {
        guard let topic = record.lastHeader(DeadLetter.prefix + "topic"),
            let partition = record.lastHeader(DeadLetter.prefix + "partition").flatMap({ Int32($0) }),
            let offset = record.lastHeader(DeadLetter.prefix + "offset").flatMap({ Int64($0) })
        else { return nil }
        self.init(topic: topic, partition: partition, offset: offset)
    }

    /// Finds what an output record of any `output.mode` names.
    ///
    /// Records that went through other workers before have what those said of them too: the first place that names one
    /// of the topics in question is taken. In the value the merged field is looked at before the envelope, since what
    /// stands beside that field is the input's own.
    /// - Parameter field: the name of the field that `merge` adds, as JSON.
    init?(output record: Record, of topics: Set<String>, field: [UInt8]) {
        func isMeant(_ source: ResultSource?) -> ResultSource? {
            source.flatMap { topics.contains($0.partition.topic) ? $0 : nil }
        }
        let id = record.lastHeader(Output.sourceHeader)
        if let source = isMeant(id.flatMap { ResultSource(id: $0) }) {
            self = source
            return
        }
        guard let value = record.value else { return nil }
        let merged = ObjectScan.value(of: field, in: value, from: 0)
        let found = merged.flatMap { isMeant(ResultSource(in: value, from: $0.lowerBound)) }
        guard let source = found ?? isMeant(ResultSource(in: value, from: 0)) else { return nil }
        self = source
    }

    /// Reads the `source` of an envelope that begins at `start`.
    ///
    /// By its bytes: a decoder of JSON would take longer than all else.
    private init?(in value: [UInt8], from start: Int) {
        guard let source = ObjectScan.value(of: Self.source, in: value, from: start)?.lowerBound,
            let topic = ObjectScan.value(of: Self.topic, in: value, from: source),
            let partition = ObjectScan.value(of: Self.partition, in: value, from: source),
            let offset = ObjectScan.value(of: Self.offset, in: value, from: source),
            topic.count > 2, value[topic.lowerBound] == UInt8(ascii: "\""),
            let partition = Int32(String(decoding: value[partition], as: UTF8.self)),
            let offset = Int64(String(decoding: value[offset], as: UTF8.self))
        else { return nil }
        // Names of topics have no characters that JSON would escape.
        let name = value[topic].dropFirst().dropLast()
        self.init(topic: String(decoding: name, as: UTF8.self), partition: partition, offset: offset)
    }

    private static let source = JSONWriter.quoted("source")
    private static let topic = JSONWriter.quoted("topic")
    private static let partition = JSONWriter.quoted("partition")
    private static let offset = JSONWriter.quoted("offset")
}

extension Record {
    /// The text of the last header of a name: workers put theirs after those that were there.
    func lastHeader(_ name: String) -> String? {
        headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }
}
