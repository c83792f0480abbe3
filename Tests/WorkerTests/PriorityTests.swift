// SPDX-License-Identifier: Apache-2.0
import Configuration
import Delivered
import Foundation
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// A backlog, and records that are not to wait for it.
@Suite(.ownThread) struct PriorityTests {
    private static let (backlog, urgent, held) = (200, 2, 20)
    /// Batches of one text, so that a step of the gate is one record's.
    private static let single = [
        "kafka.consumer.session.timeout.ms": "12000", "kafka.consumer.heartbeat.interval.ms": "200",
        "encoder.threads": "1", "batch.max.texts": "1", "inflight.max.records": "\(held)",
    ]

    private func texts(_ name: String, _ count: Int, headers: [Header] = []) -> [([UInt8]?, [UInt8]?, [Header])] {
        (0..<count).map { (nil, Array(#"{"text":"\#(name) no. \#($0)"}"#.utf8), headers) }
    }

    /// Lets one record after the other have its result.
    private func step(_ topics: TestTopics, _ run: RunningWorker, to count: Int) throws {
        for ended in run.worker.accounts.ended + 1...count {
            topics.gate.step()
            try run.wait("result \(ended)") { run.worker.accounts.ended >= ended }
        }
    }

    @Test(
        "Records of a topic that goes first are read and tagged while a backlog of another fills the worker",
        arguments: DeliveryGuarantee.allCases,
        [false, true]
    )
    func topic(guarantee: DeliveryGuarantee, isPattern: Bool) async throws {
        let topics = try TestTopics(partitions: 1)
        let live = "\(topics.group)-live"
        try topics.create(live, partitions: 1)
        try topics.produce(texts("old", Self.backlog))
        topics.gate.hold()
        let first = isPattern ? "^\(live)$" : live
        let flags = [
            "input.topics": "\(topics.input),\(first)", "priority.topics": first,
            "delivery.guarantee": guarantee.rawValue,
        ]
        let run = try RunningWorker(try topics.worker(flags.merging(Self.single) { $1 }))
        try run.wait("a full worker") { run.worker.accounts.inFlight == Self.held && topics.gate.hasHeld }
        try topics.produce(texts("new", Self.urgent), to: live)
        try run.wait("the urgent records") { run.worker.accounts.inFlight == Self.held + Self.urgent }
        // What the encoder has already, and then those that are not to wait.
        try step(topics, run, to: 1 + Self.urgent)
        #expect(run.metric("cloud4bert_urgent_end_to_end_seconds_count") == Self.urgent)
        topics.gate.open()
        let all = Self.backlog + Self.urgent
        try run.waitForEnd(of: all)
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") >= all }
        try await run.stop()
        #expect(run.metric("cloud4bert_urgent_end_to_end_seconds_count") == Self.urgent)
        let report = try topics.audit(["input.topics": "\(topics.input),\(live)"])
        #expect(report.records == all && report.isSound(atLeastOnce: false), "\(report)")
    }

    @Test("A record whose header says so goes before what was read of other partitions")
    func header() async throws {
        let topics = try TestTopics(partitions: 2)
        try topics.produce(texts("old", Self.held / 2), partition: 0)
        topics.gate.hold()
        let flags = ["priority.records": "header:urgent=1"]
        let run = try RunningWorker(try topics.worker(flags.merging(Self.single) { $1 }))
        try run.wait("the backlog") { run.worker.accounts.inFlight == Self.held / 2 && topics.gate.hasHeld }
        try topics.produce(texts("new", Self.urgent, headers: [Header("urgent", "1")]), partition: 1)
        try run.wait("the urgent records") { run.worker.accounts.inFlight == Self.held / 2 + Self.urgent }
        try step(topics, run, to: 1 + Self.urgent)
        #expect(run.metric("cloud4bert_urgent_end_to_end_seconds_count") == Self.urgent)
        topics.gate.open()
        try run.waitForEnd(of: Self.held / 2 + Self.urgent)
        try await run.stop()
    }
}
