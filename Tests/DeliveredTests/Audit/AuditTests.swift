// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import KafkaTestSupport
import Settings
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Delivered
@testable import Worker

/// Audits of real topics.
@Suite(.ownThread) struct AuditTests {
    private func text(_ number: Int) -> [UInt8] { Array(#"{"text":"text number \#(number)"}"#.utf8) }

    @Test(
        "What a worker did is sound in every output mode, dead letters, skipped records and untagged ones among it",
        arguments: ["envelope", "merge", "headers", "cloudevents", "cloudevents_structured"]
    )
    func sound(mode: String) async throws {
        let topics = try TestTopics(partitions: 3)
        let values: [[UInt8]?] = (0..<90).map { number in
            switch number % 9 {
            case 3: Array("{".utf8)
            case 5: nil
            case 7: Array(#"{"text":" "}"#.utf8)
            case 8:
                Array(
                    #"{"agent":true,"text":"hi","sentiment":{"source":{"topic":"in","partition":0,"offset":1}}}"#.utf8
                )
            default: text(number)
            }
        }
        try topics.produce(values.enumerated().map { index, value in (Array("key-\(index % 11)".utf8), value, []) })
        let flags = ["output.mode": mode, "on.tombstone": "forward", "on.empty": "skip", "input.filter": "!/agent"]
        try await topics.work(flags) { try topics.waitForOutput(70, deadLetters: 10) }
        let report = try topics.audit(flags)
        #expect(report.isSound(atLeastOnce: false), "\(report)")
        #expect(report.records == 90 && report.results == 70 && report.deadLetters == 10 && report.skippable == 10)
        #expect(report.unmatched == 0)
    }

    @Test(
        "Records go where their decision says, by thresholds of their tenant, and the audit follows them",
        arguments: ["at_least_once", "exactly_once"]
    )
    func routes(guarantee: String) async throws {
        let topics = try TestTopics(partitions: 2)
        let (held, seen) = ("\(topics.input)-held", "\(topics.input)-seen")
        try topics.create(held, partitions: 2)
        try topics.create(seen, partitions: 1)
        let tenants = ["calm", "strict", "unsure", nil]
        let values = (0..<80).map { number in
            let tenant = tenants[number % 4].map { #","site":"\#($0)""# } ?? ""
            return Array(#"{"text":"text number \#(number)"\#(tenant)}"#.utf8)
        }
        try topics.produce(values.enumerated().map { (Array("key-\($0 % 11)".utf8), $1, []) })
        let flags = [
            "delivery.guarantee": guarantee, "decision.by": "/site", "decision.hold": "*@strict:0",
            "decision.review": "*@unsure:0-1", "output.routes": "hold:\(held),hold:\(seen),review:\(seen)",
        ]
        try await topics.work(flags) { try topics.waitForOutput(40) }
        let decisions = try [(topics.output, 40), (held, 20), (seen, 40)].map { topic, count in
            try topics.records(of: topic, count).map { try TestTopics.envelope($0).decision }
        }
        #expect(decisions.map(Set.init) == [["pass"], ["hold"], ["hold", "review"]])
        let report = try topics.audit(flags)
        #expect(report.isSound(atLeastOnce: guarantee == "at_least_once"), "\(report)")
        #expect(report.records == 80 && report.results == 100 && report.unmatched == 0)
        // Held records are not in output.topic too, and records to review are nowhere else.
        let wrong = try topics.audit(["output.routes": "hold:\(topics.output),hold:\(held)"])
        #expect(wrong.missing.count == 40, "\(wrong)")
    }

    @Test("Results that are missing, repeated or out of order are found")
    func findings() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce((0..<10).map { (nil, text($0), []) })
        try topics.write([0, 1, 3, 2, 4, 4, 6, 7])
        try topics.write([8], isDeadLetter: true)
        let report = try topics.audit()
        #expect(report.missing.ranges.map(\.offsets) == [5...5, 9...9])
        #expect(report.repeated.ranges.map(\.offsets) == [4...4])
        #expect(report.outOfOrder.ranges.map(\.offsets) == [3...3])
        #expect(!report.isSound(atLeastOnce: true))
    }

    @Test("Of topics that grow meanwhile it judges what was there at its start")
    func growth() async throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce((0..<500).map { (nil, text($0), []) })
        try topics.write(0..<500)
        let isOver = StopSignal()
        try await withThrowingTaskGroup { group in
            group.addTask(executorPreference: try ThreadExecutor("test-grow")) {
                while !isOver.isRequested { try topics.produce([(nil, Array("{}".utf8), [])]) }
            }
            group.addTask(executorPreference: try ThreadExecutor("test-audit")) {
                defer { isOver.request() }
                let report = try topics.audit()
                #expect(report.records >= 500 && report.missing.count == report.records - 500)
                #expect(report.repeated.count == 0 && report.outOfOrder.count == 0)
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "Aborted records, open ones and the marks of transactions are no records",
        .enabled(if: !TestTopics.isLocal, "needs a real cluster, which hides what was aborted")
    )
    func transactions() throws {
        let topics = try TestTopics(partitions: 1)
        let producer = try Producer(settings: [
            "bootstrap.servers": topics.bootstrapServers, "transactional.id": topics.input,
        ])
        try producer.initTransactions(timeout: Looks.patience)
        for (count, isAborted) in [(3, false), (2, true), (1, false), (2, nil)] as [(Int, Bool?)] {
            try producer.beginTransaction()
            for _ in 0..<count {
                try producer.send(topic: topics.input, partition: 0, key: nil, value: text(0), headers: [], token: 0)
            }
            #expect(producer.flush(timeout: Looks.patience).reports.count == count)
            switch isAborted {
            case true?: try producer.abortTransaction(timeout: Looks.patience)
            case false?: try producer.commitTransaction(timeout: Looks.patience)
            case nil: break
            }
        }
        // 0, 1, 2, the mark, two aborted and their mark.
        try topics.write([0, 1, 2])
        #expect(try topics.audit().missing.ranges.map(\.offsets) == [7...7])
        try topics.write([7])
        let report = try topics.audit()
        #expect(report.records == 4 && report.isSound(atLeastOnce: false), "\(report)")
        try producer.abortTransaction(timeout: Looks.patience)
    }

    @Test("A topic that is not there, and none at all, are errors")
    func refusals() throws {
        let settings = try testSettings(["input.topics": "", "output.topic": ""])
        #expect(throws: SettingsError.self) { _ = try Audit(settings: settings, outputs: ["out"]) { _ in false } }
        #expect(throws: SettingsError.self) { _ = try Audit(settings: settings, inputs: ["in"]) { _ in false } }
        #expect(throws: SettingsError.self) {
            _ = try Audit(settings: settings, inputs: ["in"], outputs: ["in"]) { _ in false }
        }
        let topics = try TestTopics(partitions: 1)
        try topics.produce([(nil, text(0), [])])
        // A local cluster makes whatever topic it is asked for, unless told otherwise.
        try topics.cluster?.createTopic("missing", partitions: 1)
        try topics.cluster?.setError("UNKNOWN_TOPIC_OR_PART", ofTopic: "missing")
        let error = #expect(throws: WorkerError.self) { try topics.audit(["output.topic": "missing"]) }
        #expect(error?.exitCode == 66)
    }

    @Test(
        "Who may not look for the group's coordinator may read topics all the same",
        .enabled(if: TestTopics.isLocal, "only the local cluster refuses on demand")
    )
    func withoutGroup() async throws {
        let topics = try TestTopics(partitions: 1)
        let cluster = try #require(topics.cluster)
        try topics.produce((0..<10).map { (nil, text($0), []) })
        try await topics.work { try topics.waitForOutput(10) }
        try cluster.failNext(.findCoordinator, with: Array(repeating: "GROUP_AUTHORIZATION_FAILED", count: 1_000))
        #expect(try topics.audit().isSound(atLeastOnce: false))
    }
}
