// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Delivered
@testable import Worker

/// Comments that are edited while they wait.
@Suite(.ownThread) struct EditTests {
    @Test(
        "Old versions of a comment are skipped, counted and accounted for, and the newest is tagged in its place",
        arguments: DeliveryGuarantee.allCases,
        OutputMode.allCases
    )
    func edited(guarantee: DeliveryGuarantee, mode: OutputMode) async throws {
        let topics = try TestTopics(partitions: 1)
        let flags = [
            "delivery.guarantee": guarantee.rawValue, "output.mode": mode.rawValue, "edits.key": "/comment",
            "encoder.threads": "1", "on.tombstone": "forward",
        ]
        func record(_ comment: String, _ text: String) -> (key: [UInt8]?, value: [UInt8]?, headers: [Header]) {
            (nil, Array(#"{"comment":"\#(comment)","text":"\#(text)"}"#.utf8), [])
        }
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(flags))
        try topics.produce([record("a", "no. 100")])
        try run.wait("the first one in the encoder") { topics.gate.hasHeld }
        try topics.produce(
            (0..<30).map { record($0 % 3 == 0 ? "a" : $0 % 3 == 1 ? "b" : "c-\($0)", "no. \($0)") } + [(nil, nil, [])]
        )
        try run.wait("the edits") { run.worker.accounts.consumed == 32 }
        // Once this one is read, those before it are where they wait.
        try topics.produce([record("d", "no. 101")])
        try run.wait("the last") { run.worker.accounts.consumed == 33 }
        topics.gate.open()
        try run.waitForEnd(of: 33)
        #expect(run.metric("cloud4bert_records_skipped_total", "superseded") == 18)
        #expect(run.metric("cloud4bert_records_published_total") == 15)
        try await run.stop()
        let sources = try topics.records(of: topics.output, 15).sorted { $0.offset < $1.offset }
            .compactMap { ResultSource(output: $0, of: [topics.input], field: "sentiment")?.offset }
        // The one that was begun already, the comments that were not edited, and the last versions of those that were.
        let newest: [Int64] = (0..<30).filter { $0 % 3 == 2 || $0 >= 27 }.map { $0 + 1 }
        #expect(sources == [0] + newest + [31, 32])
        let report = try topics.audit(flags)
        #expect(report.isSound(atLeastOnce: false), "\(report)")
        #expect(report.records == 33 && report.superseded == 18 && report.results == 15)
        #expect(try topics.audit(flags.merging(["edits.key": ""]) { $1 }).missing.count == 18)
        // The local cluster forgets the offsets of transactions.
        if guarantee == .atLeastOnce { #expect(try topics.committed() == 33) }
    }
}
