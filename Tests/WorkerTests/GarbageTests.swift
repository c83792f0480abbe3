// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import TestSupport
import Testing
import Training
import WorkerTestSupport

@testable import Worker

/// Records of random bytes, and of JSON that is broken.
@Suite(.ownThread) struct GarbageTests {
    @Test(
        "10 MB of random bytes, with a text here and there: each record becomes a result or a dead letter",
        arguments: InputFormat.allCases
    )
    func randomBytes(format: InputFormat) async throws {
        // The local cluster keeps no more than 5 MB of a partition.
        let topics = try TestTopics(partitions: 6, deadLetterPartitions: 6)
        var random = SplitMix64(seed: 1)
        var records: [(key: [UInt8]?, value: [UInt8]?, headers: [Header])] = []
        var bytes = 0
        var texts = 0
        while bytes < 10_000_000 {
            let isText = records.count % 20 == 0
            let value =
                isText
                ? Self.text(records.count, format) : Self.bytes(Int.random(in: 1...60_000, using: &random), &random)
            let header = Header(name: "bytes", value: Self.bytes(20, &random))
            records.append((Self.bytes(8, &random), value, [header]))
            bytes += value.count
            texts += isText ? 1 : 0
        }
        try topics.produce(records)
        let flags = ["input.format": format.rawValue, "inflight.max.bytes": "1MiB"]
        let run = try RunningWorker(try topics.worker(flags))
        try run.waitForEnd(of: records.count)
        #expect(run.metric("cloud4bert_records_consumed_total") == records.count)
        // Some few random bytes may be a text.
        #expect(run.metric("cloud4bert_records_published_total") >= texts)
        #expect(run.metric("cloud4bert_records_dead_lettered_total") > records.count / 2)
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.inputs.count == records.count && judge.missing == 0 && judge.repeated == 0)
        #expect(judge.unmatched == 0 && judge.outOfOrder == 0)
    }

    private static func text(_ number: Int, _ format: InputFormat) -> [UInt8] {
        Array((format == .text ? "no. \(number)" : #"{"text":"no. \#(number)"}"#).utf8)
    }

    private static func bytes(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        let words = (0..<(count + 7) / 8).map { _ in random.next() }
        return words.withUnsafeBytes { Array($0.prefix(count)) }
    }
}
