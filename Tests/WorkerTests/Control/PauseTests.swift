// SPDX-License-Identifier: Apache-2.0
import Delivered
import Foundation
import HTTP
import Logging
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// A worker that is told to pause.
@Suite(.ownThread) struct PauseTests {
    private func post(_ run: RunningWorker, _ action: String) throws -> Int? {
        try RawClient.status(
            run.worker.httpAddress,
            RawClient.post("/control/\(action)", "", ["Host": "\(run.worker.httpAddress)"])
        )
    }

    @Test("A paused worker finishes what it has, reads nothing, stays in its group and ready, and goes on where it was")
    func pause() async throws {
        let topics = try TestTopics(partitions: 2)
        let run = try RunningWorker(try topics.worker(["stall.timeout": "1s"]))
        try topics.produceLive(20, from: 0)
        try run.waitForEnd(of: 20)
        #expect(try post(run, "pause") == 200)
        try run.wait("the pause") { run.metric("cloud4bert_paused_partitions") == 2 }
        try topics.produceLive(20, from: 20)
        // By then a worker that could read and does not would have been called stalled, and librdkafka has fetched them.
        try run.wait("a lag") { run.metric("cloud4bert_consumer_lag_records") == 20 }
        let before = ContinuousClock.now
        try run.wait("a stall's time") { .now - before > .seconds(3) }
        #expect(run.worker.isReady && run.worker.accounts.consumed <= 20)
        #expect(run.metric("cloud4bert_control_paused") == 1 && run.metric("cloud4bert_rebalances_total") == 1)
        #expect(try post(run, "resume") == 200)
        try run.waitForEnd(of: 40)
        #expect(run.metric("cloud4bert_control_paused") == 0)
        try await run.stop()
        #expect(try topics.audit().isSound(atLeastOnce: false))
    }

    @Test("A worker that is paused stops when it is told to")
    func stop() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(try topics.worker())
        try run.wait("its share") { run.worker.isReady }
        #expect(try post(run, "pause") == 200)
        try topics.produceLive(5, from: 0)
        try await run.stop()
        #expect(run.worker.accounts.ended == 0)
    }

    @Test("The state is one line whatever the log's level is, with the assignment, what is in flight, and no text")
    func state() async throws {
        let topics = try TestTopics(partitions: 1)
        let lines = Monitor<[String]>([])
        let log = Log(level: .error, format: .json) { line in lines.withLock { $0.append(line) } }
        let run = try RunningWorker(try topics.worker(log: log))
        topics.gate.hold()
        try topics.produceLive(3, from: 0)
        try run.wait("the records") { run.worker.accounts.inFlight == 3 && topics.gate.hasHeld }
        run.worker.logState()
        topics.gate.open()
        try run.waitForEnd(of: 3)
        try await run.stop()
        let found = lines.withLock { $0.filter { $0.contains(#""message":"state""#) } }
        let line = try #require(found.first)
        let state = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(found.count == 1 && line.hasSuffix("}\n") && !line.dropLast().contains("\n") && !line.contains("no. "))
        #expect(state["assignment"] == "\(topics.input)[0]" && state["in_flight"] == "3" && state["encoding"] == "3")
        #expect(state["ready"] == "yes" && state["paused"] == "false" && state["ended"] == "0")
    }
}
