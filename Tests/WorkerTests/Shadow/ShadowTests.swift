// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Foundation
import Kafka
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// A worker with a second model on trial.
@Suite(.ownThread) struct ShadowTests {
    /// What a model calls the texts that `produceTexts` makes.
    private func labels(_ model: Model, _ numbers: [Int]) throws -> [String] {
        let classifier = try Classifier(model: model)
        let version = try ModelVersion(settings: testSettings(), model: model) { () throws(FileError) in
            try Classifier(model: model)
        }
        return try numbers.map { number in
            let encoding = try version.encoding(of: "no. \(number)")
            return try version.predict(classifier.rows(TokenBatch(encoding.sequences))[...], of: encoding).label
        }
    }

    @Test("Results stay as they are, and metrics tell how often the model on trial says the same, and what else")
    func worker() async throws {
        let topics = try TestTopics(partitions: 1)
        let numbers = (0..<100).filter { $0 != 7 }
        let flags = [
            "model.shadow.path": goldenModelPath("distilbert-classifier"), "model.shadow.sample": "1",
            "unscored.below": "0",
        ]
        let run = try RunningWorker(try topics.worker(flags))
        try topics.produceTexts(0..<100)
        try run.wait("the shadow") {
            run.metric("cloud4bert_shadow_records_total", "agreed") + run.metric("cloud4bert_shadow_flips_total") == 99
        }
        let (live, shadow) = try (
            labels(testModel(), numbers),
            labels(Model(directory: goldenModelPath("distilbert-classifier"), kernels: .ofTests()), numbers)
        )
        let agreed = zip(live, shadow).count { $0 == $1 }
        #expect(run.metric("cloud4bert_shadow_records_total", "agreed") == agreed)
        #expect(run.metric("cloud4bert_shadow_records_total", "flipped") == 99 - agreed)
        for (one, other) in Set(zip(live, shadow).filter { $0 != $1 }.map { [$0, $1] }).map({ ($0[0], $0[1]) }) {
            let count = zip(live, shadow).count { $0 == one && $1 == other }
            #expect(run.metric("cloud4bert_shadow_flips_total", "live=\"\(one)\",shadow=\"\(other)\"") == count)
        }
        #expect(run.metric("cloud4bert_shadow_score_difference_count") == 99)
        try run.waitForEnd(of: 100)
        try await run.stop()
        let results = try topics.records(of: topics.output, 99).sorted { $0.offset < $1.offset }
        let said = try results.map { try TestTopics.envelope($0).decision }
        #expect(said == live)
    }

    private func shadow(_ flags: [String: String]) throws -> Shadow? {
        try Shadow(settings: testSettings(flags), beside: testModel())
    }

    @Test("What it is behind with is dropped and counted, and nobody waits; a sample is the same records each time")
    func behind() throws {
        let flags = ["model.shadow.path": goldenModelPath("bert-classifier"), "model.shadow.sample": "0.5"]
        let (shadow, again) = (try #require(try shadow(flags)), try #require(try shadow(flags)))
        let prediction = Prediction(
            ranking: [LabelScore(label: "neutral", score: 0.5)],
            uncertainty: nil,
            tokens: 3,
            isTruncated: false
        )
        // No thread takes them.
        for offset in 0..<2_000 {
            let record = testRecord("a text", offset: Int64(offset))
            for shadow in [shadow, again] { shadow.offer(record, "a text", prediction) }
        }
        // A thousand, but for those that there is room for.
        #expect((600...890).contains(shadow.counts.dropped) && again.counts == shadow.counts)
        let none = try #require(try self.shadow(flags.merging(["model.shadow.sample": "0"]) { $1 }))
        none.offer(testRecord("a text"), String(repeating: "a", count: 2 << 20), prediction)
        #expect(none.counts == ShadowCounts())
    }

    @Test("Texts that it refuses are counted, and it ends when it is closed")
    func fails() async throws {
        let flags = [
            "model.shadow.path": goldenModelPath("bert-classifier"), "model.shadow.sample": "1", "text.max.tokens": "4",
            "text.truncation": "reject",
        ]
        let shadow = try #require(try shadow(flags))
        let prediction = Prediction(
            ranking: [LabelScore(label: "neutral", score: 0.5)],
            uncertainty: nil,
            tokens: 3,
            isTruncated: false
        )
        for text in ["no. 1 2 3 4", "no"] { shadow.offer(testRecord(text), text, prediction) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: try ThreadExecutor("test-shadow")) { try shadow.run() }
            let deadline = ContinuousClock.now + Looks.patience
            while true {
                let start = ContinuousClock.now
                let counts = shadow.counts
                if counts.failed + counts.agreed + counts.flips.values.reduce(0, +) == 2 { break }
                try #require(start < deadline)
                Looks.pause(after: start)
            }
            shadow.close()
            try await group.waitForAll()
        }
        #expect(shadow.counts.failed == 1)
    }

    @Test("A directory that is no such model, or has other labels, is refused by name; none at all is no shadow")
    func refuses() throws {
        #expect(try shadow([:]) == nil)
        for (model, kind) in [("none", FileError.Kind.missing), ("bert-masked-lm", .unsupported)] {
            let error = #expect(throws: WorkerError.self) {
                _ = try shadow(["model.shadow.path": goldenModelPath(model)])
            }
            guard case .model(let failure)? = error else {
                Issue.record("\(error.map { "\($0)" } ?? "nothing")")
                continue
            }
            #expect(failure.kind == kind && failure.reason.contains("model.shadow.path"))
        }
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(atPath: goldenModelPath("bert-classifier"), toPath: copy.path)
        defer { try? FileManager.default.removeItem(at: copy) }
        let file = copy.appending(path: "config.json")
        let config = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        try Data(config.replacing("\"neutral\"", with: "\"mixed\"").utf8).write(to: file)
        let error = #expect(throws: WorkerError.self) { _ = try shadow(["model.shadow.path": copy.path]) }
        #expect("\(try #require(error))".contains("model.shadow.path: has the labels negative, mixed, positive"))
    }
}
