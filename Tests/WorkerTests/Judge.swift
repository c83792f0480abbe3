// SPDX-License-Identifier: Apache-2.0
import Delivered
import Foundation
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// Compares what a `read_committed` reader sees of the input with what it sees of results and dead letters, and has
/// `audit` do the same.
struct Judge {
    /// Where a record stood in the input.
    struct Source: Hashable {
        let partition: Int32
        let offset: Int64
    }

    private(set) var inputs: Set<Source> = []
    private(set) var results: [Source: Int] = [:]
    /// Results whose source came earlier in the input than that of the result before, where that was no repeat.
    private(set) var outOfOrder = 0

    var missing: Int { inputs.count { results[$0] == nil } }
    var repeated: Int { results.values.reduce(0) { $0 + $1 - 1 } }
    var unmatched: Int { results.keys.count { !inputs.contains($0) } }

    init(_ topics: TestTopics) throws {
        for record in try Self.all(of: topics.input, topics) {
            inputs.insert(Source(partition: record.partition, offset: record.offset))
        }
        var last: [[Int32]: Int64] = [:]
        for topic in [topics.output, topics.deadLetters] {
            for record in try Self.all(of: topic, topics) {
                let source = try topic == topics.output ? Self.envelope(record) : Self.letter(record)
                let isRepeat = results[source] != nil
                results[source, default: 0] += 1
                // One key's results lie in one partition, in the order of their sources.
                let way = [topic == topics.output ? 0 : 1, record.partition, source.partition]
                if !isRepeat, let before = last[way], before > source.offset { outOfOrder += 1 }
                last[way] = max(last[way] ?? -1, source.offset)
            }
        }
        // Two that count apart from each other have to come to the same.
        let report = try topics.audit()
        #expect(report.records == inputs.count && report.missing.count == missing && report.repeated.count == repeated)
    }

    /// Every record up to the end, which for a `read_committed` reader is where the oldest open transaction begins: it
    /// waits until there is none.
    private static func all(of topic: String, _ topics: TestTopics) throws -> [Record] {
        let consumer = try topics.reader(["enable.partition.eof": "true", "isolation.level": "read_committed"])
        defer { consumer.close() }
        let partitions = try consumer.partitions(of: topic, timeout: Looks.patience)
            .map { TopicPartition(topic: topic, partition: $0) }
        var ends: [TopicPartition: Int64] = [:]
        for partition in partitions {
            ends[partition] = try consumer.watermarks(of: partition, timeout: Looks.patience).high
        }
        try consumer.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, Offset.beginning) }))
        let deadline = ContinuousClock.now + Looks.patience
        var records: [Record] = []
        var reached: [TopicPartition: Int64] = [:]
        while !ends.allSatisfy({ reached[$0.key] ?? 0 >= $0.value }) {
            try #require(ContinuousClock.now < deadline, "\(topic) cannot be read to its end: \(reached) of \(ends)")
            let poll = consumer.poll(upTo: 1_000, timeout: .milliseconds(100))
            records += poll.records
            reached.merge(poll.ends) { max($0, $1) }
        }
        return records
    }

    private static func envelope(_ record: Record) throws -> Source {
        struct Envelope: Decodable {
            struct Place: Decodable {
                let partition: Int32
                let offset: Int64
            }
            let source: Place
        }
        let place = try JSONDecoder().decode(Envelope.self, from: Data(record.value ?? [])).source
        return Source(partition: place.partition, offset: place.offset)
    }

    private static func letter(_ record: Record) throws -> Source {
        func number<Number: LosslessStringConvertible>(_ name: String) throws -> Number {
            let value = record.headers.last { $0.name == "cloud4bert.error." + name }?.value
            return try #require(value.flatMap { Number(String(decoding: $0, as: UTF8.self)) })
        }
        return Source(partition: try number("partition"), offset: try number("offset"))
    }
}
