// SPDX-License-Identifier: Apache-2.0
import Configuration
import Delivered
import Foundation
import Kafka
import KafkaTestSupport
import Settings
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// Workers whose `input.topics` matches what they write to.
@Suite(.ownThread) struct PatternInputTests {
    @Test(
        "A worker does not read its results and dead letters, whatever its expressions match and the user hides",
        arguments: [[:], ["kafka.topic.blacklist": "^cloud4bert-test-.*-(out|dead)$,nothing,"]]
    )
    func noLoop(flags: [String: String]) async throws {
        let topics = try TestTopics(partitions: 2)
        let expected = try topics.produceTexts(0..<200)
        let expressions = ["input.topics": "^\(topics.group).*,^\(topics.group)-(out|dead)$"]
        let run = try RunningWorker(try topics.worker(flags.merging(expressions) { $1 }))
        try run.waitForEnd(of: 200)
        // What it wrote first has been there for long when these are done.
        try topics.produceTexts(200..<400)
        try run.waitForEnd(of: 400)
        try await run.stop()
        #expect(run.worker.accounts.consumed == 400)
        let results = try topics.records(of: topics.output, 2 * expected.tagged)
        #expect(try Set(results.map { try TestTopics.envelope($0).id }).count == 2 * expected.tagged)
        // A worker commits the end of whatever partition it reads.
        let written = [
            TopicPartition(topic: topics.output, partition: 0), .init(topic: topics.deadLetters, partition: 0),
        ]
        let reader = try topics.reader()
        defer { reader.close() }
        #expect(try reader.committed(written, timeout: Looks.patience).isEmpty)
    }

    @Test("Topics of the worker's own that come into being later do not move the group, nor are they read")
    func laterTopics() throws {
        let name = "cloud4bert-test-\(UUID().uuidString.prefix(8))"
        let cluster = try LocalCluster()
        try cluster.createTopic("\(name).in", partitions: 1)
        let settings = try testSettings([
            "bootstrap.servers": cluster.bootstrapServers, "input.topics": "^\(name).*", "output.topic": "\(name).out",
            "dead.letter.topic": "\(name).dead", "kafka.topic.metadata.refresh.interval.ms": "100",
        ])
        let changes = Monitor<[Consumer.Rebalance]>([])
        func join(_ properties: [String: String]) throws -> Consumer {
            let consumer = try Consumer(settings: properties) { change in changes.withLock { $0.append(change) } }
            try consumer.subscribe(settings[Settings.inputTopics])
            return consumer
        }
        var records: [Record] = []
        func poll(_ consumer: Consumer, until holds: () throws -> Bool) throws {
            let deadline = ContinuousClock.now + Looks.patience
            while try !holds() {
                try #require(ContinuousClock.now < deadline)
                records += consumer.poll(upTo: 10, timeout: .milliseconds(50)).records
            }
        }
        let consumer = try join(settings.inputProperties)
        defer { consumer.close() }
        let input = TopicPartition(topic: "\(name).in", partition: 0)
        try poll(consumer) { try consumer.assignment == [input] }

        let producer = try Producer(settings: ["bootstrap.servers": cluster.bootstrapServers])
        for topic in ["\(name).out", "\(name).dead"] {
            try cluster.createTopic(topic, partitions: 1)
            try producer.send(topic: topic, key: nil, value: [1], headers: [], token: 1)
        }
        #expect(producer.flush(timeout: Looks.patience).reports.count == 2)
        // A consumer that nothing is hidden from joins in the time of many looks at what topics there are.
        let other = try join(settings.consumerProperties.merging(["group.id": "\(name)-other"]) { $1 })
        defer { other.close() }
        try poll(consumer) {
            _ = other.poll(upTo: 10, timeout: .milliseconds(50))
            return try other.assignment.count == 3
        }
        #expect(try consumer.assignment == [input] && !consumer.isJoining && records.isEmpty)
        #expect(changes.withLock { $0.count } == 2)
    }

    @Test("Dead letters go back to what input.topics stands for, and never to what the worker writes to")
    func requeue() throws {
        let topics = try TestTopics(partitions: 1)
        let good = Array(#"{"text":"fine"}"#.utf8)
        try topics.produce([(nil, good, [])])
        let producer = try Producer(settings: ["bootstrap.servers": topics.bootstrapServers])
        let elsewhere = "\(topics.group)-elsewhere"
        try topics.create(elsewhere, partitions: 1)
        let written = [topics.output, topics.deadLetters, "__consumer_offsets"]
        let sources = [topics.input, elsewhere] + written + ["\(topics.deadLetters)\0", "\(topics.input)\0"]
        for (number, source) in sources.enumerated() {
            let headers = [Header("cloud4bert.error.topic", source), Header("cloud4bert.error.partition", "0")]
            let offset = [Header("cloud4bert.error.offset", "0"), Header("cloud4bert.error.reason", "bad_json")]
            try producer.send(
                topic: topics.deadLetters,
                key: nil,
                value: good,
                headers: headers + offset,
                token: UInt64(number)
            )
        }
        #expect(producer.flush(timeout: Looks.patience).reports.count == sources.count)
        let inputs = ["input.topics": "^\(topics.group)-(in|out|dead)"]
        for target in written {
            let error = #expect(throws: WorkerError.self) {
                try topics.letters(inputs, LetterFilter()).requeue(to: target)
            }
            #expect(error?.exitCode == 78 && error?.description.contains("to: ") == true)
        }
        let (sent, left) = try topics.letters(inputs, LetterFilter()).requeue(to: nil)
        #expect(sent == [topics.input: 1] && left == 6)
        // Without input.topics they may go anywhere else.
        let rest = try topics.letters(["input.topics": ""], LetterFilter()).requeue(to: nil)
        #expect(rest.sent == [elsewhere: 1] && rest.left == 5)
    }

    @Test("An audit and dead letters look at topics that are hidden from the input")
    func hidden() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce((0..<2).map { (nil, Array(#"{"text":"\#($0)"}"#.utf8), []) })
        try topics.write([0])
        try topics.write([1], isDeadLetter: true)
        let flags = ["kafka.topic.blacklist": "^\(topics.group).*"]
        #expect(try topics.audit(flags).isSound(atLeastOnce: false))
        var count = 0
        try topics.letters(flags, LetterFilter()).list(all: false) { _, _ in count += 1 }
        #expect(count == 1)
    }
}
