// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import KafkaTestSupport
import Logging
import Settings
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// The whole worker between real topics.
@Suite(.ownThread) struct WorkerTests {
    @Test("Every record comes out once, in order, with its key, headers and time, and all are accounted for")
    func everyRecordOnce() async throws {
        let topics = try TestTopics(partitions: 4)
        let count = 300
        try topics.produce(
            (0..<count).map { index in
                let headers = [Header("n", index), Header(name: "none", value: nil), Header("n", "again")]
                let key: [UInt8]? = index % 5 == 0 ? nil : Array("key-\(index % 9)".utf8)
                return (key, Array(#"{"text":"text number \#(index)"}"#.utf8), headers)
            }
        )
        try await topics.work { try topics.waitForOutput(count) }
        let inputs = try topics.records(of: topics.input, count)
        let outputs = try topics.records(of: topics.output, count)
        let byID = Dictionary(uniqueKeysWithValues: inputs.map { ($0.id, $0) })
        var last: [TopicPartition: Int64] = [:]
        for output in outputs {
            let envelope = try TestTopics.envelope(output)
            let input = try #require(byID[envelope.id])
            #expect(output.key == input.key && output.headers == input.headers)
            #expect(output.timestamp?.milliseconds == input.timestamp?.milliseconds)
            // Records of one key stay in one partition, so their order is that of the input.
            if input.key != nil {
                let place = last[output.topicPartition] ?? -1
                let next = Int64(String(decoding: input.headers[0].value ?? [], as: UTF8.self)) ?? -1
                if input.topicPartition.partition == output.topicPartition.partition { #expect(next > place) }
                last[output.topicPartition] = next
            }
        }
        #expect(Set(try outputs.map { try TestTopics.envelope($0).id }).count == count)
        #expect(try topics.committed() == count)
    }

    @Test("What cannot be tagged becomes a dead letter with its reason, and the records around it go through")
    func deadLetters() async throws {
        let topics = try TestTopics(partitions: 1)
        let long = #"{"text":""# + String(repeating: "word ", count: 10_000) + #""}"#
        let huge = [UInt8](repeating: UInt8(ascii: "a"), count: 5_000_000 / 4)
        let bad: [([UInt8]?, String)] = [
            ([0xFF, 0xFE], "not_utf8"), (Array("{\"text\":".utf8), "bad_json"), (Array("{}".utf8), "missing_field"),
            (nil, "empty_text"), (Array(#"{"text":""}"#.utf8), "empty_text"), (huge, "too_large"),
        ]
        let good = Array(#"{"text":"fine"}"#.utf8)
        var values: [[UInt8]?] = []
        for (value, _) in bad { values += [value, good] }
        values.append(Array(long.utf8))
        try topics.produce(values.map { (nil, $0, [Header("trace", "t")]) })
        try await topics.work { try topics.waitForOutput(bad.count + 1, deadLetters: bad.count) }
        let letters = try topics.records(of: topics.deadLetters, bad.count)
        for (letter, (value, reason)) in zip(letters, bad) {
            #expect(letter.value == value)
            #expect(letter.headers.first == Header("trace", "t"))
            #expect(letter.headers.contains(Header("cloud4bert.error.reason", reason)))
            #expect(letter.headers.contains(Header("cloud4bert.error.topic", topics.input)))
        }
        let outputs = try topics.records(of: topics.output, bad.count + 1)
        #expect(try TestTopics.envelope(outputs[bad.count]).truncated)
        #expect(try topics.committed() == values.count)
    }

    @Test("A value of five million bytes is a dead letter, byte for byte")
    func hugeValue() async throws {
        let topics = try TestTopics(partitions: 1)
        let value = [UInt8](repeating: UInt8(ascii: "a"), count: 5_000_000)
        try topics.produce([(nil, value, [])])
        try await topics.work { try topics.waitForOutput(0, deadLetters: 1) }
        let letter = try topics.records(of: topics.deadLetters, 1)[0]
        #expect(letter.value == value && letter.headers.contains(Header("cloud4bert.error.reason", "too_large")))
    }

    @Test("A worker whose task is cancelled drains, commits and ends, as one that is asked to stop")
    func cancelled() async throws {
        let topics = try TestTopics(partitions: 1)
        let expected = try topics.produceTexts(0..<20)
        let worker = try topics.worker()
        let task = Task(executorPreference: try ThreadExecutor("test-worker")) {
            try await worker.run(until: StopSignal())
        }
        try topics.waitForOutput(expected.tagged, deadLetters: expected.dead)
        task.cancel()
        try await task.value
        #expect(worker.accounts.inFlight == 0)
        #expect(try topics.committed() == 20)
    }

    @Test("A worker that is stopped under load, and one that goes on after it, leave nothing out and nothing twice")
    func stopUnderLoad() async throws {
        let topics = try TestTopics(partitions: 2)
        let count = 2_000
        try topics.produce((0..<count).map { (nil, Array(#"{"text":"text number \#($0)"}"#.utf8), []) })
        topics.gate.hold()
        // After a member has left, the local cluster has the next one wait for nearly as long as this.
        let session = ["kafka.consumer.session.timeout.ms": "12000"]
        let first = try RunningWorker(try topics.worker(session.merging(["inflight.max.records": "40"]) { $1 }))
        try first.wait("a full worker") { first.worker.accounts.inFlight == 40 }
        try first.wait("a result", stepping: topics.gate) { first.worker.accounts.ended > 0 }
        first.requestStop()
        topics.gate.open()
        try await first.stop()
        let before = try topics.committed()
        #expect(before >= 40 && before < count)
        try await topics.work(session) { try topics.waitForOutput(count) }
        let ids = try topics.records(of: topics.output, count).map { try TestTopics.envelope($0).id }
        #expect(Set(ids).count == count)
        #expect(try topics.committed() == count)
    }

    @Test("Text in windows, several consumers, and few records in flight: nothing is lost")
    func otherSettings() async throws {
        let topics = try TestTopics(partitions: 3)
        let text = (0..<200).map { "word\($0)" }.joined(separator: " ")
        let count = 120
        try topics.produce((0..<count).map { _ in (nil, Array(text.utf8), []) })
        let flags = [
            "input.format": "text", "text.truncation": "windows", "text.max.tokens": "16", "inflight.max.records": "7",
            "encoder.threads": "4", "batch.max.wait": "1ms", "output.mode": "headers",
        ]
        try await topics.work(flags) { try topics.waitForOutput(count) }
        let outputs = try topics.records(of: topics.output, count)
        #expect(outputs.allSatisfy { $0.value == Array(text.utf8) && $0.headers.count == 5 })
    }

    @Test("Without a broker, a worker says so and does not start")
    func noBroker() throws {
        let error = #expect(throws: WorkerError.self) {
            _ = try Worker(
                settings: testSettings(["bootstrap.servers": "127.0.0.1:1"]),
                model: testModel(),
                log: Log(level: .error),
                brokerTimeout: .seconds(1)
            )
        }
        #expect(error?.exitCode == 69)
    }

    @Test("A topic that is not there is named with its setting")
    func missingTopic() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("missing", partitions: 1)
        try cluster.setError("UNKNOWN_TOPIC_OR_PART", ofTopic: "missing")
        let error = #expect(throws: WorkerError.self) {
            _ = try Worker(
                settings: testSettings(["bootstrap.servers": cluster.bootstrapServers, "input.topics": "missing"]),
                model: testModel(),
                log: Log(level: .error),
                brokerTimeout: Looks.patience
            )
        }
        #expect(error?.exitCode == 66)
        #expect(error?.description.contains("input.topics") == true && error?.description.contains("missing") == true)
    }

    @Test(
        "A dead letter that cannot be written stops the worker, and the record is not committed",
        .enabled(if: TestTopics.isLocal, "only the local cluster refuses on demand")
    )
    func unwritableDeadLetters() async throws {
        let topics = try TestTopics(partitions: 1)
        let cluster = try #require(topics.cluster)
        try topics.produce([(nil, Array("{".utf8), [])])
        try cluster.failNext(.produce, with: Array(repeating: "TOPIC_AUTHORIZATION_FAILED", count: 50))
        let error = await #expect(throws: WorkerError.self) {
            try await topics.work { try topics.waitForOutput(1) }
        }
        #expect(error?.exitCode == 77)
        #expect(try topics.committed() == 0)
    }
}
