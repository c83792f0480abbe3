// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// Results and offsets in transactions. The local cluster shows aborted records too and forgets the offsets, so what a
/// crash leaves is tested only on the cluster that `CLOUD4BERT_TEST_BOOTSTRAP` names; here, what transactions carried.
@Suite(.ownThread) struct ExactlyOnceTests {
    private static let once = ["delivery.guarantee": "exactly_once"]

    @Test("Results, dead letters and offsets are committed together, each record once")
    func once() async throws {
        let topics = try TestTopics(partitions: 4)
        let count = 1_000
        let expected = try topics.produceTexts(0..<count)
        let run = try RunningWorker(try topics.worker(Self.once))
        try run.waitForEnd(of: count)
        try run.wait("the last commit") { run.metric("cloud4bert_committed_offset") >= count }
        #expect(run.metric("cloud4bert_transactions_committed_total") > 0)
        #expect(run.metric("cloud4bert_transactions_aborted_total") == 0)
        #expect(run.metric("cloud4bert_records_dead_lettered_total") == expected.dead)
        try await run.stop()
        try topics.expectExactlyOnce(count)
    }

    @Test("Offsets of records without a result are committed too")
    func skips() async throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce((0..<10).map { _ in (nil, Array(#"{"text":" "}"#.utf8), []) })
        let run = try RunningWorker(try topics.worker(Self.once.merging(["on.empty": "skip"]) { $1 }))
        try run.waitForEnd(of: 10)
        try run.wait("the commit") { run.metric("cloud4bert_committed_offset") == 10 }
        #expect(run.metric("cloud4bert_records_skipped_total") == 10)
        try await run.stop()
    }

    private static let count = 3_000

    /// Has a worker tag some of so many records, stops it in the midst of them, and says how many it has done.
    private func stopUnderLoad(_ topics: TestTopics) async throws -> Int {
        try topics.produceTexts(0..<Self.count)
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(Self.once.merging(["inflight.max.records": "60"]) { $1 }))
        try run.wait("the first results", stepping: topics.gate) { run.worker.accounts.ended > 0 }
        run.requestStop()
        topics.gate.open()
        try await run.stop()
        let account = run.worker.accounts
        #expect(account.inFlight == 0 && account.ended < Self.count)
        #expect(run.metric("cloud4bert_transactions_aborted_total") == 0)
        return account.ended
    }

    @Test("A worker that is stopped under load has published what it has committed, and nothing else")
    func stopped() async throws {
        let topics = try TestTopics(partitions: 2)
        let ended = try await stopUnderLoad(topics)
        let judge = try Judge(topics)
        #expect(judge.results.count == ended && judge.repeated == 0 && judge.outOfOrder == 0)
    }

    @Test(
        "A worker goes on where one that was stopped under load has committed",
        .disabled(if: TestTopics.isLocal, "the local cluster forgets the offsets of transactions")
    )
    func goesOn() async throws {
        let topics = try TestTopics(partitions: 2)
        let ended = try await stopUnderLoad(topics)
        let committed = try topics.committed()
        #expect(committed == ended, "\(committed) committed of \(ended)")
        let next = try RunningWorker(try topics.worker(Self.once))
        try next.waitForEnd(of: Self.count - ended)
        try await next.stop()
        #expect(try topics.committed() >= Self.count)
        try topics.expectExactlyOnce(Self.count)
    }

    @Test("A transaction ends when it holds half of what may be in flight, long before its time")
    func size() async throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produceTexts(0..<200)
        let flags = ["commit.interval": "10s", "inflight.max.records": "20"]
        let run = try RunningWorker(try topics.worker(Self.once.merging(flags) { $1 }))
        try run.wait("190 records") { run.worker.accounts.ended >= 190 }
        #expect(run.metric("cloud4bert_transactions_committed_total") >= 10 && run.mostInFlight <= 20)
        try await run.stop()
        try topics.expectExactlyOnce(200)
    }

    @Test("A record that the client refuses for its size is a dead letter, and the transaction goes on")
    func tooLarge() async throws {
        let topics = try TestTopics(partitions: 1)
        let long = String(repeating: "short ", count: 16_666)
        try topics.produce(["short", long, "short"].map { (nil, Array(#"{"text":"\#($0)"}"#.utf8), []) })
        // The envelope is larger than the limit, the dead letter, whose headers count less, is not.
        let flags = ["kafka.producer.message.max.bytes": "100500", "output.mode": "envelope"]
        let run = try RunningWorker(try topics.worker(Self.once.merging(flags) { $1 }))
        try run.waitForEnd(of: 3)
        #expect(run.metric("cloud4bert_records_dead_lettered_total", "output_too_large") == 1)
        try await run.stop()
    }

    @Test(
        "Of two workers of one name one ends, with the exit code of wrong settings",
        .disabled(if: TestTopics.isLocal, "the local cluster does not fence")
    )
    func sameName() async throws {
        let topics = try TestTopics(partitions: 2)
        try topics.produceTexts(0..<1_000)
        let flags = Self.once.merging(["kafka.consumer.group.instance.id": "twin"]) { $1 }
        let runs = [try RunningWorker(try topics.worker(flags)), try RunningWorker(try topics.worker(flags))]
        var codes: [Int32] = []
        try runs[0].wait("the end of either") {
            runs.contains { $0.isOver } || runs.allSatisfy { $0.worker.accounts.ended >= 1_000 }
        }
        for run in runs {
            do { try await run.stop() } catch let error as WorkerError { codes.append(error.exitCode) }
        }
        #expect(codes == [78])
    }
}

extension TestTopics {
    /// What a `read_committed` reader may see once all is done.
    func expectExactlyOnce(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let judge = try Judge(self)
        #expect(judge.inputs.count == count, sourceLocation: sourceLocation)
        #expect(
            judge.missing == 0 && judge.repeated == 0 && judge.outOfOrder == 0 && judge.unmatched == 0,
            "missing \(judge.missing), repeated \(judge.repeated), out of order \(judge.outOfOrder)",
            sourceLocation: sourceLocation
        )
    }
}
