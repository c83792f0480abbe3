// SPDX-License-Identifier: Apache-2.0
import Configuration
package import Delivered
import Kafka
import Settings
import TestSupport
import Testing

@testable import Worker

extension TestTopics {
    /// The topics as settings, for what looks at them after a worker.
    package var places: [String: String] {
        [
            "bootstrap.servers": bootstrapServers, "input.topics": input, "output.topic": output,
            "dead.letter.topic": deadLetters, "group.id": group,
        ]
    }

    /// Audits the topics.
    package func audit(_ flags: [String: String] = [:]) throws -> AuditReport {
        let settings = try testSettings(places.merging(flags) { $1 })
        let decode = Decode(settings: settings)
        return try Audit(
            settings: settings,
            isSkippable: decode.skips,
            comment: EditIdentity(settings: settings)?.ofTagged(by: decode)
        ).run { _, _ in }
    }

    /// Writes results of these records of the input's first partition, as a worker would.
    package func write(_ offsets: some Sequence<Int64>, isDeadLetter: Bool = false) throws {
        let producer = try Producer(settings: ["bootstrap.servers": bootstrapServers])
        for offset in offsets {
            let record = Record(
                topicPartition: TopicPartition(topic: input, partition: 0),
                offset: offset,
                value: Array("x".utf8)
            )
            let message =
                isDeadLetter
                ? DeadLetter(topic: deadLetters, group: "g")(record, Rejection(.badJSON, in: .decode, "broken"))
                : Message(record, to: output, value: record.value, headers: [Header(OwnHeaders.source, record.id)])
            try producer.send(
                topic: message.topic,
                partition: 0,
                key: message.key,
                value: message.value,
                headers: message.headers,
                token: UInt64(offset)
            )
        }
        #expect(producer.flush(timeout: Looks.patience).reports.allSatisfy { $0.error == nil })
    }

    /// The dead letters, with a memory of this test's own.
    package func letters(_ flags: [String: String], _ filter: LetterFilter) throws -> DeadLetters {
        try DeadLetters(
            settings: testSettings(places.merging(flags) { $1 }),
            group: "\(deadLetters)-settled",
            filter: filter
        )
    }
}
