// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import KafkaTestSupport
import Settings
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// Partitions that come and go while records of theirs are in flight.
@Suite(.ownThread) struct RebalanceTests {
    private static let strategies = ["range", "cooperative-sticky"]
    private static let count = 2_000

    private static func flags(_ guarantee: DeliveryGuarantee, _ strategy: String = "range") -> [String: String] {
        [
            "delivery.guarantee": guarantee.rawValue, "inflight.max.records": "60",
            "kafka.consumer.partition.assignment.strategy": strategy, "kafka.consumer.heartbeat.interval.ms": "200",
            "kafka.consumer.session.timeout.ms": "12000",
        ]
    }

    @Test(
        "Partitions that are called back under load are drained and committed first: nothing is done twice",
        .enabled(if: TestTopics.isLocal, "only the local cluster calls back on demand"),
        arguments: DeliveryGuarantee.allCases
    )
    func calledBack(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 3)
        try topics.produceTexts(0..<Self.count)
        topics.gate.hold()
        // The local cluster takes nearly a session's time to form the group anew, and draining may take as long.
        let times = ["kafka.consumer.session.timeout.ms": "45000", "drain.timeout": "30s"]
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee).merging(times) { $1 }))
        try run.wait("the first results", stepping: topics.gate) { run.worker.accounts.ended > 0 }
        try topics.cluster?.failNext(.heartbeat, with: ["REBALANCE_IN_PROGRESS"])
        topics.gate.open()
        try run.wait("another assignment") { run.metric("cloud4bert_rebalances_total", "assigned") >= 2 }
        #expect(run.metric("cloud4bert_rebalances_total", "revoked") >= 1)
        try run.wait("the end") { run.worker.accounts.ended >= Self.count && run.worker.accounts.inFlight == 0 }
        #expect(run.mostInFlight <= 60)
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.missing == 0)
        // The local cluster forgets the offsets of transactions, and so begins anew.
        if guarantee == .atLeastOnce {
            #expect(judge.repeated == 0 && judge.outOfOrder == 0)
            #expect(run.metric("cloud4bert_records_skipped_total") == 0)
        }
        #expect(run.metric("cloud4bert_transactions_aborted_total") == 0)
    }

    @Test(
        "Of partitions that are lost nothing more is committed; what was in flight may be done again, and no more",
        .enabled(if: TestTopics.isLocal, "only the local cluster puts members out on demand"),
        arguments: DeliveryGuarantee.allCases
    )
    func lost(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 3)
        try topics.produceTexts(0..<Self.count)
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee, "cooperative-sticky")))
        try run.wait("the first results", stepping: topics.gate) { run.worker.accounts.ended > 0 }
        try topics.cluster?.failNext(.heartbeat, with: ["UNKNOWN_MEMBER_ID"])
        topics.gate.open()
        try run.wait("the loss") { run.metric("cloud4bert_rebalances_total", "lost") >= 1 }
        try run.wait("readiness again") { run.worker.isReady }
        try run.wait("all results") {
            run.metric("cloud4bert_committed_offset") == Self.count && run.worker.accounts.inFlight == 0
        }
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.missing == 0)
        if guarantee == .atLeastOnce { #expect(judge.repeated <= 60 + 1_000, "\(judge.repeated)") }
    }

    @Test(
        "Workers join and leave under load: each record comes out once, in order within its partition",
        .disabled(if: TestTopics.isLocal, "the local cluster's groups stall when a member has left"),
        arguments: DeliveryGuarantee.allCases,
        strategies
    )
    func comingAndGoing(guarantee: DeliveryGuarantee, strategy: String) async throws {
        let topics = try TestTopics(partitions: 6)
        let count = 6_000
        try topics.produceTexts(0..<count)
        let flags = Self.flags(guarantee, strategy)
        var runs = [try RunningWorker(try topics.worker(flags))]
        try runs[0].wait("the first results") { runs[0].worker.accounts.ended > 0 }
        var committed = 0
        for round in 0..<4 {
            try await runs.joinOrLeave(in: round, over: topics, flags)
            try runs[0].wait("progress") {
                let now = try topics.committed()
                defer { committed = now }
                return now > committed || now == count
            }
        }
        try runs[0].wait("the end") { try topics.committed() == count }
        for run in runs { try await run.stop() }
        try topics.expectExactlyOnce(count)
    }

    @Test(
        "Partitions that a topic grows while the worker runs are read from their first record",
        .disabled(if: TestTopics.isLocal, "the local cluster's topics cannot grow"),
        arguments: DeliveryGuarantee.allCases
    )
    func growth(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produceTexts(0..<300)
        let refresh = ["kafka.consumer.topic.metadata.refresh.interval.ms": "1000"]
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee).merging(refresh) { $1 }))
        try run.wait("the first results") { run.worker.accounts.ended > 0 }
        try topics.admin().growTopic(topics.input, to: 4)
        // A producer that asks before the cluster has spread the news would go on with one partition.
        try run.wait("the new partitions") { try topics.partitions(of: topics.input) == 4 }
        try topics.produceTexts(300..<1_000)
        try run.waitForEnd(of: 1_000)
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.inputs.count == 1_000 && judge.missing == 0 && judge.repeated == 0)
    }

    @Test(
        "A topic that is deleted and made again is read from its new beginning",
        .disabled(if: TestTopics.isLocal, "the local cluster's topics cannot be deleted"),
        arguments: DeliveryGuarantee.allCases
    )
    func madeAgain(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 2)
        try topics.produceTexts(0..<300)
        let refresh = ["kafka.consumer.topic.metadata.refresh.interval.ms": "1000"]
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee).merging(refresh) { $1 }))
        try run.waitForEnd(of: 300)
        try topics.admin().deleteTopic(topics.input)
        try run.wait("the deletion") { try topics.partitions(of: topics.input) == 0 }
        try topics.create(topics.input, partitions: 2)
        try run.wait("the topic") { try topics.partitions(of: topics.input) == 2 }
        try topics.produceTexts(0..<100)
        try run.waitForEnd(of: 400)
        try await run.stop()
        #expect(run.metric("cloud4bert_records_consumed_total") == 400)
    }

    @Test(
        "Offsets with gaps, of aborted transactions and markers, hold nothing up, and at the end there is no lag",
        .disabled(if: TestTopics.isLocal, "the local cluster has no markers"),
        arguments: DeliveryGuarantee.allCases
    )
    func gaps(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 1)
        let producer = try Producer(settings: [
            "bootstrap.servers": topics.bootstrapServers, "transactional.id": topics.group + "-upstream",
        ])
        try producer.initTransactions(timeout: Looks.patience)
        for transaction in 0..<20 {
            try producer.beginTransaction()
            for _ in 0..<5 {
                let value = Array(#"{"text":"of transaction \#(transaction)"}"#.utf8)
                try producer.send(topic: topics.input, key: nil, value: value, headers: [], token: 0)
            }
            _ = producer.flush(timeout: Looks.patience)
            if transaction % 3 == 0 {
                try producer.abortTransaction(timeout: Looks.patience)
            } else {
                try producer.commitTransaction(timeout: Looks.patience)
            }
        }
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee)))
        try run.waitForEnd(of: 65)
        // 100 records and 20 markers, the last of them a marker.
        try run.wait("the end of the partition") { run.metric("cloud4bert_committed_offset") == 120 }
        #expect(run.metric("cloud4bert_consumer_lag_records") == 0)
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.inputs.count == 65 && judge.missing == 0 && judge.repeated == 0)
    }
}
