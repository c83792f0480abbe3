// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import KafkaTestSupport
import Settings
import TestSupport
import Testing
import WorkerTestSupport

@testable import Delivered
@testable import Worker

/// Dead letters of real topics.
@Suite(.ownThread) struct DeadLettersTests {
    private let good = Array(#"{"text":"fine"}"#.utf8)

    private func listed(
        _ topics: TestTopics,
        _ flags: [String: String] = [:],
        all: Bool = false,
        where change: (inout LetterFilter) -> Void = { _ in }
    ) throws -> [Letter] {
        var filter = LetterFilter()
        change(&filter)
        var letters: [Letter] = []
        try topics.letters(flags, filter).list(all: all) { letter, _ in letters.append(letter) }
        return letters
    }

    private func requeue(
        _ topics: TestTopics,
        _ flags: [String: String] = [:],
        to target: String? = nil,
        where change: (inout LetterFilter) -> Void = { _ in }
    ) throws -> Int {
        var filter = LetterFilter()
        change(&filter)
        return try topics.letters(flags, filter).requeue(to: target).sent.values.reduce(0, +)
    }

    @Test("A requeued record is what it was, and when it fails again it has one attempt more; the audit is content")
    func again() async throws {
        let topics = try TestTopics(partitions: 2)
        let bad = [UInt8]("{\"text\":".utf8) + [0]
        let headers = [Header("a", "1"), Header(name: "b", value: nil), Header("a", "2")]
        try topics.produce([(Array("key".utf8), bad, headers), (nil, good, []), (nil, nil, headers)])
        try await topics.work { try topics.waitForOutput(1, deadLetters: 2) }
        let letters = try listed(topics)
        #expect(
            letters.map(\.reason).sorted() == ["bad_json", "empty_text"] && letters.allSatisfy { $0.attempts == 1 }
        )
        #expect(try requeue(topics) == 2)
        #expect(try listed(topics).isEmpty && listed(topics, all: true).count == 2)
        #expect(try requeue(topics) == 0)

        let inputs = try topics.records(of: topics.input, 5)
        for letter in letters {
            let source = try #require(letter.source)
            let original = try #require(
                inputs.first { $0.topicPartition == source.partition && $0.offset == source.offset }
            )
            let again = try #require(inputs.last { $0.value == original.value && $0.key == original.key })
            #expect(again.offset > original.offset && again.topicPartition == original.topicPartition)
            #expect(again.timestamp?.milliseconds == original.timestamp?.milliseconds)
            #expect(again.headers == headers + [Header("cloud4bert.attempts", "1")])
        }
        try await topics.work { try topics.waitForOutput(1, deadLetters: 4) }
        let second = try listed(topics)
        #expect(second.count == 2 && second.allSatisfy { $0.attempts == 2 && $0.originalHeaders.count == 4 })
        let report = try topics.audit()
        #expect(report.isSound(atLeastOnce: false) && report.records == 5 && report.deadLetters == 4, "\(report)")
    }

    @Test("Filters pick letters out of turn, and none is ever picked twice")
    func filters() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce((0..<10).map { _ in (nil, good, []) })
        try topics.write(0..<10, isDeadLetter: true)
        #expect(try listed(topics) { $0.reasons = ["bad_json", "not_utf8"] }.count == 10)
        #expect(try listed(topics) { $0.reasons = ["not_utf8"] }.isEmpty)
        #expect(try listed(topics) { $0.partitions = [7] }.isEmpty)
        #expect(try requeue(topics) { $0.offsets = [3, 7] } == 2)
        #expect(try listed(topics).map(\.record.offset) == [0, 1, 2, 4, 5, 6, 8, 9])
        #expect(try requeue(topics) { $0.limit = 2 } == 2)
        #expect(try topics.letters([:], LetterFilter()).drop() == 6)
        #expect(try listed(topics).isEmpty && requeue(topics) == 0)
        let back = try topics.records(of: topics.input, 14).dropFirst(10)
        #expect(back.count == 4)
    }

    @Test("Letters that name no topic, or one that is not an input, stay where they are unless --to says where to")
    func foreignLetters() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce([(nil, good, [])])
        try topics.write([0], isDeadLetter: true)
        let producer = try Producer(settings: ["bootstrap.servers": topics.bootstrapServers])
        try producer.send(topic: topics.deadLetters, key: nil, value: good, headers: [], token: 1)
        #expect(producer.flush(timeout: Looks.patience).reports.count == 1)
        let (sent, left) = try topics.letters(["input.topics": "another"], LetterFilter()).requeue(to: nil)
        #expect(sent.isEmpty && left == 2)
        let outcome = try topics.letters([:], LetterFilter()).requeue(to: nil)
        #expect(outcome.sent == [topics.input: 1] && outcome.left == 1)
        #expect(try requeue(topics, to: topics.input) == 1)
        #expect(try listed(topics).isEmpty)
    }

    @Test("A forged letter stays where it is, and holds up no other")
    func forged() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce([(nil, good, [])])
        let producer = try Producer(settings: ["bootstrap.servers": topics.bootstrapServers])
        let places = [("in\u{0}valid name", "0"), (topics.input, "-5"), (topics.input, "99999999999"), ("..", "0")]
        for (index, place) in places.enumerated() {
            let headers = [
                Header(name: "cloud4bert.error.reason", value: [0xFF, 0x1B]), Header("cloud4bert.error.topic", place.0),
                Header("cloud4bert.error.partition", place.1), Header("cloud4bert.error.offset", 0),
                Header("cloud4bert.error.attempts", "-7"), Header(name: "cloud4bert.error.message", value: nil),
            ]
            try producer.send(
                topic: topics.deadLetters,
                key: nil,
                value: good,
                headers: headers,
                token: UInt64(index)
            )
        }
        #expect(producer.flush(timeout: Looks.patience).reports.count == places.count)
        try topics.write([0], isDeadLetter: true)
        let letters = try listed(topics)
        #expect(letters.filter { $0.source == nil }.count == places.count && letters.allSatisfy { $0.attempts == 1 })
        // Any topic is allowed where the inputs are a regular expression.
        let outcome = try topics.letters(["input.topics": "^.*"], LetterFilter()).requeue(to: nil)
        #expect(outcome.sent == [topics.input: 1] && outcome.left == places.count)
    }

    @Test(
        "What is not acknowledged is not settled, and comes again",
        .enabled(if: TestTopics.isLocal, "only the local cluster refuses on demand"),
        arguments: [true, false]
    )
    func failure(isFirst: Bool) throws {
        let topics = try TestTopics(partitions: 1)
        let cluster = try #require(topics.cluster)
        try topics.produce([(nil, good, [])])
        try topics.write(0..<3, isDeadLetter: true)
        if isFirst { #expect(try requeue(topics) { $0.limit = 1 } == 1) }
        try cluster.failNext(.produce, with: Array(repeating: "TOPIC_AUTHORIZATION_FAILED", count: 3))
        #expect(throws: WorkerError.self) { try requeue(topics) }
        try cluster.failNext(.produce, with: [])
        let open = try listed(topics).map(\.record.offset)
        #expect(open == (isFirst ? [1, 2] : [0, 1, 2]))
    }

    @Test(
        "A group that may not be asked about is named, with the right that is missing",
        .enabled(if: TestTopics.isLocal, "only the local cluster refuses on demand")
    )
    func rights() throws {
        let topics = try TestTopics(partitions: 1)
        let cluster = try #require(topics.cluster)
        try topics.write(0..<1, isDeadLetter: true)
        try cluster.failNext(.findCoordinator, with: Array(repeating: "GROUP_AUTHORIZATION_FAILED", count: 1_000))
        let error = #expect(throws: WorkerError.self) { try listed(topics) }
        #expect(error?.exitCode == 77, "\(String(describing: error))")
        #expect(error?.description.contains("Read the group \(topics.deadLetters)-settled") == true)
    }
}
