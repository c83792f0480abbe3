// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// What a worker at work counts and times.
@Suite(.ownThread) struct RunningMetricsTests {
    @Test("Every stage of every record is timed, and the lag ends where all are done")
    func stages() async throws {
        let topics = try TestTopics(partitions: 2)
        let count = 60
        try topics.produceLive(count, from: 0)
        let run = try RunningWorker(try topics.worker(["encoder.threads": "1", "kafka.statistics.interval.ms": "100"]))
        try run.waitForEnd(of: count)
        let stage = { (name: String) in
            run.metric("cloud4bert_stage_duration_seconds_count", #"stage="\#(name)""#)
        }
        for name in ["decode", "tokenize", "queue", "publish"] {
            try run.wait("the times of \(name)") { stage(name) == count }
        }
        #expect(stage("encode") > 0)
        let batches = run.metric("cloud4bert_batch_texts_count")
        #expect(batches > 0 && run.metric("cloud4bert_batch_fill_ratio_count") == batches)
        #expect(run.metric("cloud4bert_confidence_count") == count)
        #expect(run.metric("cloud4bert_confidence_bucket", #"le="1""#) == count)
        try run.wait("the end of the lag") {
            let text = run.worker.metricsText
            return text.contains("cloud4bert_consumer_lag_seconds{")
                && run.metric("cloud4bert_consumer_lag_records") == 0
                && run.metric("cloud4bert_consumer_lag_seconds") == 0
                && text.contains("cloud4bert_consumer_caught_up_in_seconds 0\n")
        }
        for role in ["consumer", "producer"] {
            try run.wait("what librdkafka counts") {
                run.metric("cloud4bert_kafka_received_bytes_total", #"client="\#(role)""#) > 0
                    && run.metric("cloud4bert_kafka_broker_up", #"client="\#(role)""#) > 0
            }
        }
        #expect(run.worker.metricsText.contains(#"cloud4bert_build_info{version="0."#))
        try await run.stop()
    }

    @Test("A partition that goes to another worker takes its series along")
    func revoked() async throws {
        let topics = try TestTopics(partitions: 4)
        var runs: [RunningWorker] = []
        try await runs.joinOrLeave(in: 0, over: topics, [:])
        try topics.produceLive(40, from: 0)
        try runs[0].waitForEnd(of: 40)
        let series = { (run: RunningWorker) in
            Set(
                run.worker.metricsText.split(separator: "\n").filter {
                    $0.hasPrefix("cloud4bert_consumer_lag_records{")
                }.compactMap { $0.split(separator: "}").first }
            )
        }
        try runs[0].wait("all series") { series(runs[0]).count == 4 }
        try await runs.joinOrLeave(in: 0, over: topics, [:])
        try runs[0].wait("half of the series") { series(runs[0]).count == 2 }
        // A partition's series is there once something of it is committed by who has it.
        try topics.produceLive(80, from: 40)
        try runs[1].wait("the others") { series(runs[1]).count == 2 }
        #expect(series(runs[0]).isDisjoint(with: series(runs[1])))
        for run in runs { try await run.stop() }
    }
}
