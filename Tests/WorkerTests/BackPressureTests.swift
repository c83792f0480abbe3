// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import KafkaTestSupport
import Logging
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// More than the encoders can do.
@Suite(.ownThread) struct BackPressureTests {
    @Test(
        "An encoder that is held past the group's limits, and 10,000 that wait: the worker stays, and takes no more in",
        arguments: DeliveryGuarantee.allCases
    )
    func slowEncoder(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produceTexts(0..<10_000)
        let flags = [
            "delivery.guarantee": guarantee.rawValue, "inflight.max.records": "100", "encoder.threads": "1",
            "drain.timeout": "2s", "kafka.consumer.session.timeout.ms": "30000",
            "kafka.consumer.max.poll.interval.ms": "30000", "kafka.consumer.heartbeat.interval.ms": "500",
        ]
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(flags))
        try run.wait("the first records in the encoder") { run.worker.accounts.inFlight == 100 }
        let start = ContinuousClock.now
        // Longer than either of both limits, with texts still to be encoded.
        try run.wait("the time") { start + .seconds(33) < .now }
        #expect(run.metric("cloud4bert_rebalances_total", "assigned") == 1)
        #expect(run.metric("cloud4bert_rebalances_total", "lost") == 0)
        #expect(run.metric("cloud4bert_kafka_errors_total", "max_poll_exceeded") == 0)
        #expect(run.worker.accounts.ended == 0 && run.mostInFlight == 100)
        #expect(run.metric("cloud4bert_records_consumed_total") == 100)
        topics.gate.open()
        try run.wait("results") { run.worker.accounts.ended > 0 }
        try await run.stop()
        #expect(run.mostInFlight == 100)
    }

    @Test("Partitions that begin while there is no room wait for it, one record of each read, and none is forgotten")
    func beginsWhileFull() async throws {
        let partitions = 4
        let topics = try TestTopics(partitions: partitions)
        for partition in 0..<partitions {
            let values = ["one", "two"].map { #"{"text":"no. \#($0) of \#(partition)"}"# }
            try topics.produce(values.map { (nil, Array($0.utf8), []) }, partition: Int32(partition))
        }
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(["inflight.max.records": "1"]))
        try run.wait("the pause") { run.metric("cloud4bert_paused_partitions") == partitions }
        topics.gate.open()
        try run.waitForEnd(of: 2 * partitions)
        #expect(run.mostInFlight == 1)
        try topics.waitForOutput(2 * partitions)
        try await run.stop()
    }

    @Test("A worker that has records and commits none is not ready after stall.timeout, and ready again after")
    func stall() async throws {
        let topics = try TestTopics(partitions: 1)
        try topics.produce([(nil, Array(#"{"text":"a text"}"#.utf8), [])])
        topics.gate.hold()
        let run = try RunningWorker(try topics.worker(["stall.timeout": "1s"]))
        try run.wait("the stall") { run.metric("cloud4bert_stalled_consumers") == 1 }
        #expect(!run.worker.isReady)
        topics.gate.open()
        try run.waitForEnd(of: 1)
        try run.wait("readiness") { run.worker.isReady }
        #expect(run.metric("cloud4bert_stalled_consumers") == 0)
        try await run.stop()
    }

    @Test(
        "A log that is not read holds the poll loop up past max.poll.interval.ms: said and counted, then it goes on",
        .enabled(if: TestTopics.isLocal, "only the local cluster goes down on demand")
    )
    func heldUp() async throws {
        let topics = try TestTopics(partitions: 2)
        let flags = [
            "inflight.max.records": "60", "drain.timeout": "2s", "kafka.consumer.session.timeout.ms": "12000",
            "kafka.consumer.max.poll.interval.ms": "12000", "kafka.consumer.heartbeat.interval.ms": "500",
        ]
        let lines = Monitor<[String]>([])
        let (isHeld, isFreed) = (StopSignal(), StopSignal())
        let log = Log(level: .debug) { line in
            lines.withLock { $0.append(line) }
            // librdkafka's own word, on a thread of its own.
            if line.contains("MAXPOLL") { isFreed.request() }
            let thread = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            guard thread == "c4b-intake\n", line.contains("kafka error"), !isHeld.isRequested else { return }
            isHeld.request()
            while !isFreed.isRequested { usleep(10_000) }
        }
        try topics.produceTexts(0..<500)
        let run = try RunningWorker(try topics.worker(flags, log: log))
        try run.wait("the first results") { run.worker.accounts.ended > 0 }
        try topics.cluster?.setBroker(nil, isUp: false)
        try run.wait("a word of the poll loop") { isHeld.isRequested }
        try topics.cluster?.setBroker(nil, isUp: true)
        try run.wait("the count") { run.metric("cloud4bert_kafka_errors_total", "max_poll_exceeded") >= 1 }
        try run.wait("the loss") { run.metric("cloud4bert_rebalances_total", "lost") >= 1 }
        try run.wait("readiness") { run.worker.isReady }
        try topics.produceTexts(500..<600)
        try run.wait("all results") {
            run.metric("cloud4bert_committed_offset") == 600 && run.worker.accounts.inFlight == 0
        }
        try await run.stop()
        #expect(lines.withLock { $0.contains { $0.contains("max.poll.interval.ms exceeded") } })
        let judge = try Judge(topics)
        #expect(judge.missing == 0 && judge.unmatched == 0)
        #expect(judge.repeated <= 60, "\(judge.repeated) repeated")
    }
}
