// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import KafkaTestSupport
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// What brokers answer on bad days, and what becomes of the records meanwhile. Faults are the local cluster's art alone.
@Suite(.ownThread, .enabled(if: TestTopics.isLocal, "only the local cluster has faults on demand"))
struct FaultTests {
    /// An error that a broker answers with, a few times.
    struct Fault: Sendable, CustomTestStringConvertible {
        let guarantee: DeliveryGuarantee
        let request: LocalCluster.Request
        let errors: [String]

        init(_ guarantee: DeliveryGuarantee, _ request: LocalCluster.Request, _ errors: String...) {
            self.guarantee = guarantee
            self.request = request
            self.errors = errors
        }

        /// What the producer is told so that the local cluster does not mistake what it sends again.
        ///
        /// A producer has several requests of a partition under way. When the connection is cut at the first of them, the
        /// local cluster still takes in the next ones that it has received, and their answers are lost. A broker refuses
        /// those by their sequence numbers, since the first is missing; the local cluster does not look at the numbers, and
        /// has them before the first and twice. So there is one request at a time.
        var flags: [String: String] {
            let cutsProducer = errors.contains("_TRANSPORT") && [.produce, .metadata].contains(request)
            return cutsProducer ? ["kafka.producer.max.in.flight.requests.per.connection": "1"] : [:]
        }

        var testDescription: String { "\(guarantee.rawValue): \(errors.joined(separator: ", ")) to \(request)" }
    }

    private static let count = 600
    private static let maxInFlight = 50

    @Test(
        "A fault that passes by itself is waited out: nothing is lost or done twice, and no transaction aborted",
        arguments: [
            Fault(.atLeastOnce, .produce, "NOT_LEADER_FOR_PARTITION", "NOT_ENOUGH_REPLICAS", "_TRANSPORT"),
            Fault(.atLeastOnce, .fetch, "NOT_LEADER_FOR_PARTITION", "_TRANSPORT", "KAFKA_STORAGE_ERROR"),
            Fault(.atLeastOnce, .offsetCommit, "NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS", "_TRANSPORT"),
            Fault(.atLeastOnce, .heartbeat, "NOT_COORDINATOR", "_TRANSPORT"),
            Fault(.exactlyOnce, .produce, "NOT_LEADER_FOR_PARTITION", "NOT_ENOUGH_REPLICAS", "_TRANSPORT"),
            Fault(.exactlyOnce, .fetch, "NOT_LEADER_FOR_PARTITION", "_TRANSPORT"),
            Fault(.exactlyOnce, .metadata, "_TRANSPORT", "_TRANSPORT"),
            Fault(
                .exactlyOnce,
                .addPartitionsToTransaction,
                "CONCURRENT_TRANSACTIONS",
                "NOT_COORDINATOR",
                "_TRANSPORT"
            ),
            Fault(.exactlyOnce, .addPartitionsToTransaction, "UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_OR_PART"),
            Fault(.exactlyOnce, .addOffsetsToTransaction, "COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR"),
            Fault(.exactlyOnce, .transactionOffsetCommit, "COORDINATOR_NOT_AVAILABLE", "_TRANSPORT"),
            Fault(.exactlyOnce, .endTransaction, "COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR"),
        ]
    )
    func waited(fault: Fault) async throws {
        let topics = try TestTopics(partitions: 2)
        let run = try run(topics, fault)
        try run.waitForEnd(of: Self.count)
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") == Self.count }
        #expect(run.metric("cloud4bert_transactions_aborted_total") == 0)
        try await run.stop()
        try topics.expectExactlyOnce(Self.count)
    }

    @Test(
        "A transaction that fails is aborted and repeated, each abort is counted, and offsets go with results only",
        arguments: [
            Fault(.exactlyOnce, .produce, "INVALID_RECORD"),
            Fault(.exactlyOnce, .produce, "OUT_OF_ORDER_SEQUENCE_NUMBER"),
            Fault(.exactlyOnce, .produce, "INVALID_PRODUCER_EPOCH"),
            Fault(.exactlyOnce, .addPartitionsToTransaction, "UNKNOWN_PRODUCER_ID"),
            Fault(.exactlyOnce, .addPartitionsToTransaction, "INVALID_PRODUCER_EPOCH"),
            Fault(.exactlyOnce, .addPartitionsToTransaction, "INVALID_TXN_STATE"),
            Fault(.exactlyOnce, .addPartitionsToTransaction, "OPERATION_NOT_ATTEMPTED"),
            Fault(.exactlyOnce, .addOffsetsToTransaction, "INVALID_REQUEST"),
            Fault(.exactlyOnce, .addOffsetsToTransaction, "INVALID_PRODUCER_EPOCH"),
            Fault(.exactlyOnce, .transactionOffsetCommit, "ILLEGAL_GENERATION"),
            Fault(.exactlyOnce, .transactionOffsetCommit, "UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"),
            Fault(.exactlyOnce, .transactionOffsetCommit, "INVALID_PRODUCER_EPOCH"),
            Fault(.exactlyOnce, .endTransaction, "UNKNOWN_PRODUCER_ID"),
            Fault(.exactlyOnce, .endTransaction, "INVALID_PRODUCER_EPOCH"),
            Fault(.exactlyOnce, .endTransaction, "PRODUCER_FENCED"),
        ]
    )
    func repeated(fault: Fault) async throws {
        let topics = try TestTopics(partitions: 2)
        let run = try run(topics, fault)
        try run.waitForEnd(of: Self.count)
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") == Self.count }
        let aborted = run.metric("cloud4bert_transactions_aborted_total")
        // One more may come of sequence numbers that the first has skipped.
        #expect(aborted >= 1 && aborted <= fault.errors.count + 1)
        #expect(run.metric("cloud4bert_records_consumed_total") == Self.count)
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.missing == 0 && judge.unmatched == 0)
        // The local cluster shows what was aborted, at most what was in flight each time.
        #expect(judge.repeated <= 100 * aborted)
    }

    @Test(
        "What only an operator can mend ends the worker with its exit code, and no record is skipped",
        arguments: [
            (Fault(.atLeastOnce, .produce, "TOPIC_AUTHORIZATION_FAILED"), 77),
            (Fault(.atLeastOnce, .offsetCommit, "GROUP_AUTHORIZATION_FAILED"), 77),
            (Fault(.exactlyOnce, .produce, "TOPIC_AUTHORIZATION_FAILED"), 77),
            (Fault(.exactlyOnce, .addPartitionsToTransaction, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"), 77),
            (Fault(.exactlyOnce, .transactionOffsetCommit, "GROUP_AUTHORIZATION_FAILED"), 77),
        ] as [(Fault, Int32)]
    )
    func ended(fault: Fault, code: Int32) async throws {
        let topics = try TestTopics(partitions: 2)
        let run = try run(topics, fault)
        try run.wait("the end of the worker") { run.isOver }
        let error = await #expect(throws: WorkerError.self) { try await run.stop() }
        #expect(error?.exitCode == code)
        #expect(run.worker.accounts.ended <= Self.count)
    }

    @Test("A topic that is new to a coordinator fails a transaction; only one that is missing ends the work")
    func topicUnknown() throws {
        let name = "UNKNOWN_TOPIC_OR_PART"
        let coordinators = try #require(KafkaError(named: name, during: "commit", requiresAbort: true))
        let producers = try #require(KafkaError(named: name, during: "delivery"))
        #expect(!coordinators.needsIntervention && producers.needsIntervention)
    }

    @Test("A name of transactions that may not be used ends the worker at its start")
    func start() throws {
        let topics = try TestTopics(partitions: 1)
        let failures = Array(repeating: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", count: 20)
        try topics.cluster?.failNext(.initProducerId, with: failures)
        let error = #expect(throws: WorkerError.self) { try topics.worker(["delivery.guarantee": "exactly_once"]) }
        #expect(error?.exitCode == 77)
    }

    @Test(
        "While no broker is up the worker waits and is not ready; then it goes on",
        arguments: DeliveryGuarantee.allCases
    )
    func outage(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 2)
        let cluster = try #require(topics.cluster)
        try topics.produceTexts(0..<Self.count)
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee)))
        try run.wait("the first results", stepping: topics.gate) { run.worker.accounts.ended > 0 }
        try cluster.setBroker(nil, isUp: false)
        topics.gate.open()
        try run.wait("unreadiness") { !run.worker.isReady }
        #expect(run.metric("cloud4bert_kafka_away") == 1)
        try cluster.setBroker(nil, isUp: true)
        try run.waitForEnd(of: Self.count)
        try run.wait("readiness") { run.worker.isReady }
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") == Self.count }
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.missing == 0)
        if run.metric("cloud4bert_transactions_aborted_total") == 0 { #expect(judge.repeated == 0) }
    }

    @Test("With slow brokers all takes longer, and that is all", arguments: DeliveryGuarantee.allCases)
    func slow(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 2)
        try topics.produceTexts(0..<200)
        try topics.cluster?.setRoundTrip(.milliseconds(200))
        let run = try RunningWorker(try topics.worker(["delivery.guarantee": guarantee.rawValue]))
        try run.waitForEnd(of: 200)
        try await run.stop()
        try topics.cluster?.setRoundTrip(.zero)
        try topics.expectExactlyOnce(200)
    }

    @Test("Leaders and coordinators may move under load", arguments: DeliveryGuarantee.allCases)
    func moves(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 2, brokers: 3)
        let cluster = try #require(topics.cluster)
        func lead(by broker: Int32) throws {
            for partition in [0, 1] as [Int32] {
                for topic in [topics.input, topics.output] {
                    try cluster.moveLeader(of: TopicPartition(topic: topic, partition: partition), to: broker)
                }
            }
        }
        // The local cluster chooses the first leaders at random, and none is to lead twice. If a leader comes back before
        // librdkafka (2.0 to 2.15) has left it, which takes its thread's next turn, librdkafka goes on to the other
        // broker all the same, takes that for a replica that the leader wants it to read from, and stays there: every
        // request is refused until the leader moves once more.
        try lead(by: 1)
        try topics.produceTexts(0..<Self.count)
        let flags = ["transactional.id.prefix": "moves", "kafka.consumer.group.instance.id": "one"]
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(Self.flags(guarantee).merging(flags) { $1 }))
        try run.wait("the first results", stepping: topics.gate) { run.worker.accounts.ended > 0 }
        for broker in [2, 3] as [Int32] {
            let before = run.worker.accounts.ended
            try lead(by: broker)
            try cluster.moveCoordinator(of: .group, topics.group, to: broker)
            try cluster.moveCoordinator(of: .transaction, "moves-one-0", to: broker)
            // What goes on while it is waited for is little enough for the next move to be under load.
            try run.wait("progress", stepping: topics.gate) { run.worker.accounts.ended > before }
        }
        topics.gate.open()
        try run.waitForEnd(of: Self.count)
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") == Self.count }
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.missing == 0)
        #expect(judge.repeated <= 100 * run.metric("cloud4bert_transactions_aborted_total"))
    }

    /// Few in flight, so that there is work for a while.
    private static func flags(_ guarantee: DeliveryGuarantee) -> [String: String] {
        ["delivery.guarantee": guarantee.rawValue, "inflight.max.records": "\(maxInFlight)"]
    }

    /// A worker in the middle of its work, to which brokers answer with a fault from now on.
    private func run(_ topics: TestTopics, _ fault: Fault) throws -> RunningWorker {
        try topics.produceTexts(0..<Self.count)
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(Self.flags(fault.guarantee).merging(fault.flags) { $1 }))
        try run.wait("the first results", stepping: topics.gate) { run.worker.accounts.ended > 0 }
        try topics.cluster?.failNext(fault.request, with: fault.errors)
        topics.gate.open()
        return run
    }
}
