// SPDX-License-Identifier: Apache-2.0
import Configuration
import Delivered
import Foundation
import Kafka
import KafkaTestSupport
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// A backlog of 2023, and records of now behind it: `catch.up=newest_first`.
@Suite(.ownThread) struct NewestFirstTests {
    private static let (backlog, live) = (1_000, 20)
    /// What may be read of a backlog while no encoder goes on.
    private static let held = 64
    /// What a worker can go on from: the local cluster forgets the offsets of transactions.
    private static var guarantees: [DeliveryGuarantee] {
        TestTopics.isLocal ? [.atLeastOnce] : [.atLeastOnce, .exactlyOnce]
    }

    private static func flags(_ guarantee: DeliveryGuarantee) -> [String: String] {
        [
            "catch.up": "newest_first", "catch.up.after": "1h", "delivery.guarantee": guarantee.rawValue,
            "encoder.threads": "1", "batch.max.texts": "32", "kafka.consumer.session.timeout.ms": "12000",
            "kafka.consumer.heartbeat.interval.ms": "200",
        ]
    }

    /// Has a worker jump over a backlog, of which it has read some, and read all that came after.
    private func jump(_ topics: TestTopics, _ guarantee: DeliveryGuarantee) throws -> RunningWorker {
        let texts = (0..<Self.backlog).map { Array(#"{"text":"old no. \#($0)"}"#.utf8) }
        try topics.produce(texts.map { (nil, $0, []) }, partition: 0)
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee)))
        try run.wait("records out of the gap") { run.worker.accounts.consumed == Self.held }
        #expect(run.metric("cloud4bert_catch_up_jumps_total") == 1)
        #expect(run.metric("cloud4bert_catch_up_records") == Self.backlog)
        try topics.produceLive(Self.live, from: 0, partition: 0)
        try run.wait("the newest") { run.worker.accounts.consumed == Self.held + Self.live }
        return run
    }

    private func expectSound(_ topics: TestTopics, _ count: Int) throws {
        let report = try topics.audit(["catch.up": "newest_first"])
        #expect(report.records == count && report.isSound(atLeastOnce: false), "\(report)")
    }

    @Test("The newest are tagged before the backlog, and that is tagged, too", arguments: DeliveryGuarantee.allCases)
    func order(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try jump(topics, guarantee)
        topics.gate.open()
        let count = Self.backlog + Self.live
        try run.waitForEnd(of: count)
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") >= count }
        #expect(run.metric("cloud4bert_catch_up_records") == 0 && run.worker.isReady)
        #expect(run.metric("cloud4bert_consumer_lag_records") == 0)
        try await run.stop()
        let ids = try topics.records(of: topics.output, count).map { try TestTopics.envelope($0).id }
        let newest = ids.lastIndex { id in
            id.split(separator: "-").last.flatMap { Int($0) }.map { $0 >= Self.backlog } ?? false
        }
        // One batch of the backlog was with the encoder, and another filled up that of the newest.
        #expect(try #require(newest) < 3 * 32)
        try expectSound(topics, count)
    }

    @Test("A worker goes on where one that was stopped in the middle of a gap has committed", arguments: guarantees)
    func goesOn(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 1)
        let first = try jump(topics, guarantee)
        try first.wait("some results", stepping: topics.gate) { first.worker.accounts.ended >= 100 }
        first.requestStop()
        topics.gate.open()
        try await first.stop()
        let ended = first.worker.accounts.ended
        #expect(ended < Self.backlog)
        let left = try #require(try topics.positions().first)
        #expect(
            left.offset == ended - Self.live && left.metadata == "c4b1 \(Self.backlog - ended + Self.live),\(Self.live)"
        )
        let next = try RunningWorker(try topics.worker(Self.flags(guarantee)))
        let count = Self.backlog + Self.live
        try next.waitForEnd(of: count - ended)
        try next.wait("the last commit") { next.metric("cloud4bert_committed_offset") >= count }
        try await next.stop()
        #expect(try topics.positions() == [OffsetAndMetadata(offset: Int64(count))])
        try expectSound(topics, count)
    }

    @Test(
        "A partition that is called back in the middle of a gap goes on with it: nothing is done twice",
        .enabled(if: TestTopics.isLocal, "only the local cluster calls back on demand")
    )
    func calledBack() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try jump(topics, .atLeastOnce)
        try run.wait("some results", stepping: topics.gate) { run.worker.accounts.ended >= 100 }
        // Only the encoder's next batch ends, and that is held.
        try run.wait("the lag") {
            run.metric("cloud4bert_consumer_lag_records") == Self.backlog + Self.live - run.worker.accounts.ended
        }
        try topics.cluster?.failNext(.heartbeat, with: ["REBALANCE_IN_PROGRESS"])
        topics.gate.open()
        try run.wait("another assignment") { run.metric("cloud4bert_rebalances_total", "assigned") >= 2 }
        let count = Self.backlog + Self.live
        try run.waitForEnd(of: count)
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") >= count }
        try await run.stop()
        try expectSound(topics, count)
    }

    @Test(
        "Workers join and leave in the middle of gaps, while records come: each comes out once, and in order",
        .disabled(if: TestTopics.isLocal, "the local cluster's groups stall when a member has left"),
        arguments: DeliveryGuarantee.allCases
    )
    func comingAndGoing(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 6)
        let (count, live, rounds) = (12_000, 120, 4)
        try topics.produceTexts(0..<count)
        let flags = Self.flags(guarantee).merging(["inflight.max.records": "60"]) { $1 }
        var runs = [try RunningWorker(try topics.worker(flags))]
        try runs[0].wait("the first results") { runs[0].worker.accounts.ended > 0 }
        for round in 0..<rounds {
            try topics.produceLive(live, from: count + round * live)
            try await runs.joinOrLeave(in: round, over: topics, flags)
            let ended = runs[0].worker.accounts.ended
            try runs[0].wait("progress") { try runs[0].worker.accounts.ended > ended || topics.committed() >= count }
        }
        try runs[0].wait("the end") { try topics.committed() == count + rounds * live }
        for run in runs { try await run.stop() }
        try expectSound(topics, count + rounds * live)
    }
}
