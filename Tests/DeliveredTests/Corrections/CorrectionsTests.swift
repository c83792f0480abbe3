// SPDX-License-Identifier: Apache-2.0
import Kafka
import KafkaTestSupport
import Settings
import TestSupport
import Testing
import WorkerTestSupport

@testable import Delivered
@testable import Worker

/// Corrections of what a worker did, in real topics.
@Suite(.ownThread) struct CorrectionsTests {
    private func send(_ values: [String], to topic: String, of topics: TestTopics) throws {
        let producer = try Producer(settings: ["bootstrap.servers": topics.bootstrapServers])
        for value in values {
            try producer.send(topic: topic, key: nil, value: Array(value.utf8), headers: [], token: 0)
        }
        #expect(producer.flush(timeout: Looks.patience).reports.allSatisfy { $0.error == nil })
    }

    private func report(
        _ topics: TestTopics,
        _ flags: [String: String],
        from first: String = "earliest"
    ) throws -> CorrectionReport {
        let settings = try testSettings(topics.places.merging(flags) { $1 })
        let decode = Decode(settings: settings)
        let corrections = try Corrections(settings: settings, from: first, precision: 0.5) { decode.text(of: $0) }
        return try corrections.run { _, _ in }
    }

    @Test(
        "What moderators said is set beside the results, with the texts, in every output mode",
        arguments: ["envelope", "merge", "headers", "cloudevents", "cloudevents_structured"]
    )
    func modes(mode: String) async throws {
        let topics = try TestTopics(partitions: 1)
        let topic = "\(topics.input)-corrections"
        try topics.create(topic, partitions: 2)
        try topics.produce((0..<20).map { (nil, Array(#"{"text":"text number \#($0)"}"#.utf8), []) })
        let flags = ["output.mode": mode, "corrections.topic": topic, "decision.hold": "negative:0.4"]
        try await topics.work(flags) { try topics.waitForOutput(20) }
        let verdicts = (0..<8).map { #"{"id":"\#(topics.input)-0-\#($0)","label":"neutral","by":"somebody"}"# }
        let hostile = ["{", #"{"id":"\#(topics.input)-0-x","label":"neutral"}"#, #"{"id":7}"#]
        let lost = #"{"id":"\#(topics.input)-0-\#(Int64.max)@abc","label":"neutral"}"#
        let stranger = #"{"id":"\#(topics.input)-other-0-1","label":"neutral"}"#
        try send(verdicts + hostile + [lost, stranger], to: topic, of: topics)
        let report = try report(topics, flags)
        #expect(report.corrections == 10 && report.malformed == 3 && report.untagged == 0)
        #expect(report.corrected == 8 && report.withoutResult == 2 && report.results == 20)
        #expect(report.withoutCorrection == 12)
        #expect(report.confusion.reduce(0) { $0 + $1.count } == 8)
        #expect(report.labels.first { $0.name == "neutral" }?.recall?.total == 8)
        #expect(report.decisions.reduce(0) { $0 + $1.precision.total } == 8)
        #expect(report.examples.map(\.text) == (0..<8).map { "text number \($0)" })
        let later = try self.report(topics, flags, from: "5")
        #expect(later.results == 15 && later.corrected == 3 && later.withoutResult == 7)
    }

    @Test("A result that stands in several topics by its routes counts once")
    func routes() async throws {
        let topics = try TestTopics(partitions: 1)
        let (topic, queue) = ("\(topics.input)-corrections", "\(topics.input)-queue")
        try topics.create(topic, partitions: 1)
        try topics.create(queue, partitions: 1)
        try topics.produce((0..<10).map { (nil, Array(#"{"text":"text number \#($0)"}"#.utf8), []) })
        let flags = [
            "corrections.topic": topic, "decision.hold": "*:0", "output.routes": "hold:\(queue),hold:\(topics.output)",
        ]
        try await topics.work(flags) { try topics.waitForOutput(10) }
        try send([#"{"id":"\#(topics.input)-0-3","label":"neutral"}"#], to: topic, of: topics)
        let report = try report(topics, flags)
        #expect(report.results == 10 && report.corrected == 1 && report.withoutCorrection == 9)
    }

    @Test("Without a topic, with one that is two things, or between bounds that are none, it does not begin")
    func refusals() throws {
        for (flags, first, problem) in [
            ([:], "earliest", "corrections.topic"), (["corrections.topic": "out"], "earliest", "'out' is named twice"),
            (["corrections.topic": "c", "output.topic": ""], "earliest", "output.topic"),
            (["corrections.topic": "c"], "soon", "from: 'soon'"),
        ] {
            let settings = try testSettings(flags)
            let error = #expect(throws: SettingsError.self) {
                _ = try Corrections(settings: settings, from: first, precision: 0.9)
            }
            #expect(error?.problems.contains { $0.contains(problem) } == true)
        }
    }
}
