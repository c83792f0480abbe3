// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Foundation
import HTTP
import Kafka
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// A running worker whose model another takes over from.
@Suite(.ownThread) struct ReloadTests {
    /// Settings of which some are another way by the time that they are read again.
    private final class Changing: Sendable {
        private let flags = Monitor<[String: String]>([:])

        var now: [String: String] { flags.withLock { $0 } }

        func set(_ flags: [String: String]) { self.flags.withLock { $0 = flags } }

        func use(_ model: String, _ precision: Precision = .f32) {
            set(["model.path": goldenModelPath(model), "model.precision": precision.rawValue])
        }
    }

    private func ask(_ run: RunningWorker) throws -> (status: Int?, body: String) {
        let request = RawClient.post("/control/reload", "", ["Host": "\(run.worker.httpAddress)"])
        let answer = try RawClient.ask(run.worker.httpAddress, request)
        return (RawClient.status(answer), RawClient.body(answer) ?? "")
    }

    /// What a result says, as far as these tests look at it.
    private struct Envelope: Decodable {
        struct Model: Decodable, Hashable {
            let name: String
            let precision: String
        }
        struct Place: Decodable { let offset: Int64 }
        struct Score: Decodable, Equatable {
            let label: String
            let score: Float
        }
        let scores: [Score]
        let text: String
        let model: Model
        let source: Place
    }

    private func envelopes(_ topics: TestTopics, _ count: Int) throws -> [Envelope] {
        try topics.records(of: topics.output, count).map {
            try JSONDecoder().decode(Envelope.self, from: Data($0.value ?? []))
        }
    }

    /// What a model says of texts by itself.
    private func scores(_ model: Envelope.Model, _ texts: Set<String>) throws -> [String: [Envelope.Score]] {
        let precision = try #require(Precision(rawValue: model.precision))
        let model = try Model(directory: goldenModelPath(model.name), kernels: .ofTests(), precision: precision)
        let version = try ModelVersion(settings: testSettings(), model: model) { () throws(FileError) in
            try Classifier(model: model)
        }
        let classifier = try Classifier(model: model)
        return try texts.reduce(into: [:]) { all, text in
            let encoding = try version.encoding(of: text)
            let prediction = try version.predict(classifier.rows(TokenBatch(encoding.sequences))[...], of: encoding)
            all[text] = prediction.ranking.map { Envelope.Score(label: $0.label, score: $0.score) }
        }
    }

    @Test(
        "Models take over under load: each record comes out once, in order, and says which model tagged it, cached or not",
        arguments: DeliveryGuarantee.allCases
    )
    func underLoad(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 3)
        let changing = Changing()
        let flags = [
            "delivery.guarantee": guarantee.rawValue, "unscored.below": "0", "encoder.threads": "2",
            "batch.max.texts": "8",
        ]
        let run = try RunningWorker(try topics.worker(flags) { changing.now })
        let turns: [(String, Precision)] = [
            ("distilbert-classifier", .f32), ("distilbert-classifier", .int8), ("bert-classifier", .int8),
            ("bert-classifier", .f32), ("distilbert-classifier", .f32),
        ]
        // Half of the texts come again each time, so that caches know them, and the others are new.
        var (tagged, dead) = (0, 0)
        func produce(_ numbers: Range<Int>) throws {
            let expected = try topics.produceTexts(numbers)
            (tagged, dead) = (tagged + expected.tagged, dead + expected.dead)
        }
        try produce(0..<100)
        try run.wait("a result") { run.worker.accounts.ended > 0 }
        for (number, (model, precision)) in turns.enumerated() {
            try produce(50 * (number + 1)..<50 * (number + 5))
            changing.use(model, precision)
            run.worker.reload()
            try produce(50 * (number + 2)..<50 * (number + 6))
            try run.wait("the reload") {
                run.metric("cloud4bert_model_reloads_total", "succeeded") == number + 1
            }
            #expect(run.metric("cloud4bert_model_info", "model=\"\(model)\"") == 1)
            #expect(run.metric("cloud4bert_model_info", "precision=\"\(precision)\"") == 1)
            #expect(run.metric("cloud4bert_model_info") == 1)
            #expect(run.metric("cloud4bert_model_reload_texts") > 0)
            // What is read from now on is the new model's.
            let consumed = run.metric("cloud4bert_records_consumed_total")
            try produce(50 * (number + 3)..<50 * (number + 7))
            try run.wait("a record of the new model") { run.metric("cloud4bert_records_consumed_total") > consumed }
        }
        try produce(0..<100)
        let count = tagged + dead
        try run.waitForEnd(of: count)
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.inputs.count == count && judge.missing == 0 && judge.repeated == 0 && judge.outOfOrder == 0)
        let results = try envelopes(topics, tagged)
        let byModel = Dictionary(grouping: results, by: \.model)
        #expect(byModel.count == 4, "\(byModel.keys)")
        for (model, results) in byModel {
            let expected = try scores(model, Set(results.map(\.text)))
            #expect(results.allSatisfy { expected[$0.text] == $0.scores }, "\(model)")
        }
    }

    @Test("A model goes with the last record that it tags, and the rest of it with it")
    func released() async throws {
        let topics = try TestTopics(partitions: 1)
        let changing = Changing()
        let run = try RunningWorker(try topics.worker { changing.now })
        try topics.produceLive(5, from: 0)
        try run.waitForEnd(of: 5)
        weak let version = run.worker.live.version
        weak let model = version?.model
        topics.gate.hold()
        try topics.produceLive(5, from: 5)
        try run.wait("records in flight") { run.worker.accounts.inFlight == 5 && topics.gate.hasHeld }
        changing.use("distilbert-classifier")
        run.worker.reload()
        // One batch after the other passes: those of the comparison, and perhaps the records' own.
        try run.wait("the reload", stepping: topics.gate) {
            run.metric("cloud4bert_model_reloads_total", "succeeded") == 1
        }
        topics.gate.open()
        try run.waitForEnd(of: 10)
        try run.wait("the end of the first model") { version == nil && model == nil }
        try await run.stop()
    }

    @Test("A model that is broken, or does not suit the settings, leaves the one in use, and says why")
    func failed() async throws {
        let topics = try TestTopics(partitions: 1)
        let changing = Changing()
        let run = try RunningWorker(
            try topics.worker(["decision.hold": "negative:0.9", "decision.review": "neutral:0.2"]) { changing.now }
        )
        let broken = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: broken) }
        try FileManager.default.copyItem(atPath: goldenModelPath("bert-classifier"), toPath: broken.path)
        let weights = broken.appending(path: "model.safetensors")
        try FileManager.default.removeItem(at: weights)
        try Data("{}".utf8).write(to: weights)
        let cases: [(flags: [String: String], reason: String)] = [
            (["model.path": broken.path], "model.safetensors"),
            (["model.path": goldenModelPath("none")], "none"),
            (["model.path": goldenModelPath("bert-masked-lm")], "classif"),
            (["model.labels.map": "negative:bad,neutral:so so,positive:good"], "decision.hold: the model has no label"),
            (["decision.hold": "negative:0.5", "decision.review": "negative:0.6"], "never applies"),
            (["model.precision": "int4"], "model.precision"),
        ]
        for (number, (flags, reason)) in cases.enumerated() {
            changing.set(["model.path": goldenModelPath("bert-classifier")].merging(flags) { $1 })
            let (status, body) = try ask(run)
            #expect(status == 422 && body.contains(reason) && !body.contains("\n\n"), "\(body)")
            #expect(run.metric("cloud4bert_model_reloads_total", "failed") == number + 1)
        }
        #expect(run.metric("cloud4bert_model_reloads_total", "succeeded") == 0)
        #expect(run.metric("cloud4bert_model_info", "precision=\"f32\"") == 1)
        try topics.produceLive(5, from: 0)
        try run.waitForEnd(of: 5)
        try await run.stop()
        #expect(try envelopes(topics, 5).allSatisfy { $0.model.name == "bert-classifier" })
    }

    @Test("Thresholds change with the model, and what a worker takes at its start alone is named")
    func settings() async throws {
        let topics = try TestTopics(partitions: 1)
        let changing = Changing()
        let run = try RunningWorker(try topics.worker(["decision.hold": "*:1"]) { changing.now })
        try topics.produceLive(5, from: 0)
        try run.waitForEnd(of: 5)
        changing.set([
            "model.path": goldenModelPath("bert-classifier"), "model.precision": "f32", "decision.hold": "*:0",
            "batch.max.tokens": "64", "output.topic": "elsewhere",
        ])
        let (status, body) = try ask(run)
        #expect(status == 200)
        #expect(body.contains(#""needs_restart":["batch.max.tokens","output.topic"]"#), "\(body)")
        #expect(body.contains(#""texts":5,"changed":0,"changed_share":0"#), "\(body)")
        try topics.produceLive(5, from: 5)
        try run.waitForEnd(of: 10)
        #expect(run.metric("cloud4bert_records_decided_total", "pass") == 5)
        #expect(run.metric("cloud4bert_records_decided_total", "hold") == 5)
        try await run.stop()
    }

    @Test("Texts that are scored by HTTP, drift and the console go by the model that has taken over")
    func others() async throws {
        let topics = try TestTopics(partitions: 1)
        let changing = Changing()
        let flags = ["http.scoring": "on", "drift.reference": "100", "drift.window": "100", "unscored.below": "0"]
        let run = try RunningWorker(try topics.worker(flags) { changing.now })
        try topics.produceLive(200, from: 0)
        try run.waitForEnd(of: 200)
        try run.wait("a window") { run.metric("cloud4bert_drift_records") == 200 }
        changing.use("distilbert-classifier")
        #expect(try ask(run).status == 200)
        #expect(run.metric("cloud4bert_drift_records") == 0)
        let request = RawClient.post("/predict", #"{"inputs":"no. 1"}"#, ["Host": "\(run.worker.httpAddress)"])
        let answer = RawClient.body(try RawClient.ask(run.worker.httpAddress, request)) ?? ""
        let said = try JSONDecoder().decode([Envelope.Score].self, from: Data(answer.utf8))
        let expected = try scores(Envelope.Model(name: "distilbert-classifier", precision: "f32"), ["no. 1"])
        #expect(said == expected["no. 1"])
        try await run.stop()
    }
}
