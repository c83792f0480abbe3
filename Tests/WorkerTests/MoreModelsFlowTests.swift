// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// A worker with `model.more` between real topics.
@Suite(.ownThread) struct MoreModelsFlowTests {
    private struct Envelope: Decodable {
        struct Other: Decodable {
            struct Score: Decodable {
                let label: String
                let score: Double
            }
            let label: String?
            let scores: [Score]?
            let error: String?
        }
        let label: String
        let decision: String
        let more: [String: Other]
    }

    private func envelopes(_ topics: TestTopics, of topic: String, _ count: Int) throws -> [Envelope] {
        try topics.records(of: topic, count).map {
            try JSONDecoder().decode(Envelope.self, from: Data($0.value ?? []))
        }
    }

    @Test("Each result has what every classifier says, is decided and routed by it, and survives one that cannot score")
    func results() async throws {
        let topics = try TestTopics(partitions: 1)
        let routed = "\(topics.output)-emotion"
        try topics.create(routed, partitions: 1)
        // One unknown word to the main model, but more tokens than a text may have to byte-level BPE.
        let long = String(repeating: "qxz", count: 50)
        let texts = ["good", "bad words", "a good \(long)", "word after word"]
        try topics.produce(texts.map { (nil, Array(#"{"text":"\#($0)"}"#.utf8), []) })
        let labels = ["negative", "neutral", "positive"]
        // At least one of three scores is above.
        let threshold = 0.33
        let flags = [
            "model.more":
                "toxicity:\(goldenModelPath("electra-classifier")),emotion:\(goldenModelPath("roberta-classifier"))",
            "text.max.tokens": "32", "text.truncation": "reject", "unscored.below": "0",
            "decision.hold": "toxicity.negative:\(threshold)", "decision.flag": "toxicity.neutral:\(threshold)",
            "decision.review": "toxicity.positive:\(threshold)",
            "output.routes": labels.map { "emotion.\($0):\(routed)" }.joined(separator: ","),
        ]
        let runner = try RunningWorker(try topics.worker(flags))
        try runner.waitForEnd(of: texts.count)
        let scored = try envelopes(topics, of: routed, texts.count - 1)
        let unscored = try envelopes(topics, of: topics.output, 1)
        #expect(scored.allSatisfy { labels.contains($0.more["emotion"]?.label ?? "") })
        #expect(unscored[0].more["emotion"]?.error == "too_long" && unscored[0].more["emotion"]?.label == nil)
        for envelope in scored + unscored {
            let scores = try #require(envelope.more["toxicity"]?.scores)
            let applies = labels.map { label in scores.contains { $0.label == label && $0.score >= threshold } }
            let decision = zip(applies, ["hold", "flag", "review"]).first(where: \.0)?.1
            #expect(envelope.decision == decision && labels.contains(envelope.label))
        }
        #expect(runner.metric("cloud4bert_more_failed_total", #"classifier="emotion",reason="too_long""#) == 1)
        #expect(runner.metric("cloud4bert_records_published_total") == texts.count)
        try await runner.stop()
        #expect(try topics.committed() == texts.count)
    }
}
