// SPDX-License-Identifier: Apache-2.0
import Configuration
import Delivered
import Foundation
import HTTP
import Kafka
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// A worker that scores texts by HTTP beside its records.
@Suite(.ownThread) struct ScoringByHTTPTests {
    private static let flags = [
        "http.scoring": "on", "http.scoring.timeout": "250s", "http.scoring.max.texts": "1000", "input.format": "text",
    ]

    private func predict(_ inputs: String) -> String { RawClient.post(PredictAPI.path, #"{"inputs":\#(inputs)}"#) }

    /// The scores of a result, as they are written.
    private func scores(_ record: Record) throws -> String {
        let value = String(decoding: record.value ?? [], as: UTF8.self)
        let start = try #require(value.firstRange(of: #""scores":"#)).upperBound
        let end = try #require(value[start...].firstIndex(of: "]"))
        return String(value[start...end])
    }

    @Test(
        "Scores are those of the topic, bit for bit, whatever a text is like",
        arguments: ["head", "windows", "tail"]
    )
    func sameBits(truncation: String) async throws {
        let topics = try TestTopics(partitions: 1)
        let texts = [
            "I like it", "no", "<p>Thank you &amp; <b>goodbye</b></p>",
            String(repeating: "a long text about nothing. ", count: 60),
            "!!!", "naïve café 中文", "日本語のテキスト", "a\tb  c",
        ]
        try topics.produce(texts.map { (nil, Array($0.utf8), []) })
        let more = [
            "text.clean": "html", "text.truncation": truncation, "text.max.tokens": "24", "cache.max.bytes": "0",
        ]
        let run = try RunningWorker(try topics.worker(Self.flags.merging(more) { $1 }))
        try run.waitForEnd(of: texts.count)
        let results = try topics.records(of: topics.output, texts.count).sorted { $0.offset < $1.offset }
        let expected = try results.map(scores)
        let quoted = texts.map { #""\#($0.replacing("\t", with: "\\t"))""# }
        let address = run.worker.httpAddress
        let all = try RawClient.ask(address, predict("[\(quoted.joined(separator: ","))]"))
        #expect(RawClient.body(all) == "[\(expected.joined(separator: ","))]")
        for (text, scores) in zip(quoted, expected) {
            #expect(RawClient.body(try RawClient.ask(address, predict(text))) == scores)
        }
        try await run.stop()
    }

    @Test("64 clients have their scores while a backlog waits, which goes through all the same")
    func backlog() async throws {
        let topics = try TestTopics(partitions: 2)
        let (backlog, clients) = (600, 64)
        try topics.produce((0..<backlog).map { (nil, Array("record no. \($0)".utf8), []) })
        topics.gate.hold()
        let small = ["encoder.threads": "1", "batch.max.texts": "8"]
        let run = try RunningWorker(try topics.worker(Self.flags.merging(small) { $1 }))
        try run.wait("the backlog") { run.worker.accounts.inFlight == backlog && topics.gate.hasHeld }
        let answers = Monitor<[String?]>([])
        let address = run.worker.httpAddress
        for index in 0..<clients {
            let request = predict(#"["client no. \#(index)","of \#(index)"]"#)
            Thread {
                let answer = try? RawClient.ask(address, request)
                answers.withLock { $0.append(answer) }
            }.start()
        }
        try run.wait("the clients") { run.metric("cloud4bert_scoring_waiting_texts") == 2 * clients }
        try run.wait("the answers", stepping: topics.gate) { answers.withLock { $0.count == clients } }
        // Three of four batches are theirs.
        #expect(run.worker.accounts.ended < clients * 2)
        #expect(answers.withLock { $0.allSatisfy { RawClient.status($0) == 200 } })
        topics.gate.open()
        try run.waitForEnd(of: backlog)
        try await run.stop()
        #expect(run.metric("cloud4bert_scoring_requests_total", #"status="200""#) == clients)
        #expect(run.metric("cloud4bert_scoring_texts_total") == 2 * clients)
        #expect(try topics.audit().isSound(atLeastOnce: false))
    }

    @Test("A worker that is stopped answers what was asked for, and tags what it has read")
    func stop() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(try topics.worker(Self.flags))
        try run.wait("its share") { run.worker.isReady }
        topics.gate.hold()
        let address = run.worker.httpAddress
        let client = try RawClient(address)
        client.send(predict(#"["a","b"]"#).utf8)
        try run.wait("the request") { run.metric("cloud4bert_scoring_waiting_texts") == 2 && topics.gate.hasHeld }
        run.requestStop()
        try run.wait("the refusal") { try RawClient.status(address, predict("1")) == 503 }
        topics.gate.open()
        #expect(RawClient.status(client.receive()) == 200)
        try await run.stop()
    }

    @Test("Unless it is asked for, nothing is scored by HTTP")
    func off() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(try topics.worker())
        try run.wait("its share") { run.worker.isReady }
        #expect(try RawClient.status(run.worker.httpAddress, predict(#""a""#)) == 404)
        #expect(!run.worker.metricsText.contains("scoring"))
        try await run.stop()
    }
}
