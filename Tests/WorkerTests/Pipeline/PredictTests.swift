// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Foundation
import Kafka
import Settings
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// What a model's logits mean by its `problem_type`, its labels and the settings.
@Suite struct PredictTests {
    private static let encoding = Encoding(sequences: [[2, 5, 3]], isTruncated: false)

    /// The classifier of tests with other keys in its `config.json`.
    private func version(_ keys: [String: Any], _ flags: [String: String] = [:]) throws -> ModelVersion {
        let path = FileManager.default.temporaryDirectory.appending(path: "labels-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.copyItem(atPath: testModel().directory, toPath: path)
        let file = URL(filePath: path + "/config.json")
        let config = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
        try JSONSerialization.data(withJSONObject: config.merging(keys) { $1 }).write(to: file)
        let settings = try testSettings(flags.merging(["model.path": path]) { $1 })
        let model = try Model(settings: settings, environment: [:])
        try settings.checkLabels(of: model)
        return try ModelVersion(settings: settings, model: model) { () throws(FileError) in try Classifier(model: model)
        }
    }

    private let multi: [String: Any] = [
        "problem_type": "multi_label_classification", "id2label": ["0": "toxic", "1": "insult", "2": "threat"],
    ]

    @Test("With a model of which several labels may hold, results list those that reach their thresholds")
    func severalLabels() throws {
        let version = try version(multi, ["model.labels.thresholds": "toxic:0.9,*:0.3"])
        let tag = Tag(try version.predict([2, 0, -0.5, 1], of: Self.encoding), decision: nil, by: version.tag)
        #expect(tag.prediction?.label == "toxic" && tag.prediction?.labels == ["insult", "threat"])
        #expect(tag.decision == "insult" && tag.prediction?.uncertainty == nil)
        let routes = try #require(OutputRoutes("toxic:toxic-topic,insult:insults"))
        let output = Output(topic: "out", routes: routes, mode: .envelope, field: "", prefix: .none)
        let message = try #require(try output(testRecord("x"), "x", tag).first)
        #expect(message.topic == "insults")
        let value = String(decoding: message.value ?? [], as: UTF8.self)
        #expect(value.contains(#"],"labels":["insult","threat"],"decision":"insult","tokens":3"#))
        let headers = Output(topic: "out", routes: .none, mode: .headers, field: "", prefix: .none)
        let names = try headers(testRecord("x"), "x", tag)[0].headers.map {
            ($0.name, $0.value.map { String(decoding: $0, as: UTF8.self) })
        }
        #expect(names.contains { $0 == ("sentiment.labels", #"["insult","threat"]"#) })
    }

    @Test("Where none of them does, the decision is none, and no label's route is taken")
    func noLabel() throws {
        let version = try version(multi)
        let prediction = try version.predict([-1, -2, -3, 1], of: Self.encoding)
        let tag = Tag(prediction, decision: nil, by: version.tag)
        #expect(tag.prediction?.labels == [] && tag.decision == "none" && tag.prediction?.label == "toxic")
        let routes = try #require(OutputRoutes("toxic:toxic-topic"))
        let output = Output(topic: "out", routes: routes, mode: .envelope, field: "", prefix: .none)
        #expect(try output(testRecord("x"), "x", tag).map(\.topic) == ["out"])
        #expect(Tag(prediction, decision: .hold, by: version.tag).decision == "hold")
    }

    @Test("Texts of one record that are tagged by themselves count for each label that they hold")
    func parts() throws {
        let version = try version(multi)
        let encoding = Encoding(sequences: [[2, 5, 3], [2, 6, 3]], isTruncated: false)
        let parts = [
            EncodedPart(pointer: "/a", place: 0..<1, sequences: 0..<1),
            EncodedPart(pointer: "/b", place: 2..<3, sequences: 1..<2),
        ]
        let prediction = try version.predict([1, 1, -9, 1, -9, -9, -9, 1], of: encoding, parts: parts)
        let tag = Tag(prediction, decision: nil, by: version.tag)
        let output = Output(topic: "out", routes: .none, mode: .envelope, field: "", prefix: .none)
        let value = String(decoding: try output(testRecord("x"), "x", tag)[0].value ?? [], as: UTF8.self)
        #expect(value.contains(#""counts":{"insult":1,"threat":0,"toxic":1}"#), "\(value)")
        #expect(value.contains(#""labels":[]}"#))
    }

    @Test("A regression's outputs are numbers as they are, without labels that hold and without uncertainty")
    func regression() throws {
        let version = try version(["problem_type": "regression"])
        let prediction = try version.predict([4.5, -1, 12, 1], of: Self.encoding)
        #expect(prediction.ranking.map(\.score) == [12, 4.5, -1])
        #expect(prediction.labels == nil && prediction.uncertainty == nil && prediction.holding != nil)
    }

    @Test("Five stars come out as sentiment, with margin, polarity and intensity")
    func mapped() throws {
        let stars = ["0": "1 star", "1": "3 stars", "2": "5 stars"]
        let map = [
            "model.labels.map": "1 star:negative,3 stars:neutral,5 stars:positive", "decision.hold": "negative:0.9",
        ]
        let prediction = try version(["id2label": stars], map).predict([5, 0, 0, 1], of: Self.encoding)
        #expect(prediction.label == "negative" && prediction.labels == nil)
        #expect(prediction.intensity?.step == .veryNegative && prediction.uncertainty != nil)
    }

    @Test(
        "Settings that do not suit the model's labels are refused by their names",
        arguments: [
            (["model.labels.map": "1 star:x"], "model.labels.map: the model has no label '1 star'"),
            (["model.labels.map": "*:x", "decision.hold": "negative:0.9"], "decision.hold: the model has no label"),
            (["model.labels.thresholds": "*:0.4"], "model.labels.thresholds: is for models of which several labels"),
        ]
    )
    func refused(flags: [String: String], problem: String) throws {
        let error = #expect(throws: SettingsError.self) { try version([:], flags) }
        #expect(error?.problems.contains { $0.hasPrefix(problem) } == true, "\(String(describing: error))")
    }

    @Test("A model of 200 labels is tagged with, and no more than 200 of a larger one's are series of metrics")
    func manyLabels() {
        var counts: [String: Int] = [:]
        for label in 0..<1_000 { for _ in 0..<2 { counts.count("label \(label)", other: "other") } }
        #expect(counts.count == 201 && counts["label 199"] == 2 && counts["other"] == 1_600)
        var flips = ShadowCounts()
        for label in 0..<300 { flips.compare(live: "a", shadow: "\(label)") }
        #expect(flips.flips.count == 201 && flips.flips[.other] == 100)
    }
}
