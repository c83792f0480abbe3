// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Settings
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct DriftMonitorTests {
    private let model: Model
    private let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")

    init() throws { model = try testModel() }

    private func monitor(_ reference: String) throws -> DriftMonitor? {
        let settings = try testSettings(["drift.reference": reference, "drift.window": "100"])
        return try DriftMonitor.check(settings: settings, model: model)
    }

    private func observe(_ monitor: DriftMonitor, _ count: Int, label: Int, score: Float) {
        let ranking = [LabelScore(label: model.architecture.labels[label], score: score)]
        let prediction = Prediction(ranking: ranking, uncertainty: nil, tokens: 4, isTruncated: false)
        let tokenizer = model.tokenizer
        let encoding = Encoding(
            sequences: [[tokenizer.clsID, tokenizer.unkID, 7, tokenizer.sepID]],
            isTruncated: false
        )
        for _ in 0..<count { monitor.observe(prediction, of: encoding, at: .now) }
    }

    private func metrics(_ monitor: DriftMonitor) -> [String: Double] {
        var text = MetricsText()
        monitor.write(to: &text)
        let lines = text.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
        return Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), Double($0[1]) ?? .nan) })
    }

    @Test("What a window was like is kept in a file, and later ones are compared with it")
    func keeps() throws {
        #expect(try monitor("off") == nil)
        let first = try #require(try monitor("100"))
        observe(first, 100, label: 0, score: 0.9)
        #expect(first.lastWindow == nil && metrics(first)["cloud4bert_drift_psi{of=\"labels\"}"] == nil)
        observe(first, 100, label: 0, score: 0.9)
        let same = metrics(first)
        #expect(
            same["cloud4bert_drift_psi{of=\"labels\"}"] == 0 && same["cloud4bert_drift_psi{of=\"confidence\"}"] == 0
        )
        #expect(same["cloud4bert_drift_unknown_share{window=\"last\"}"] == 0.25)
        #expect(same["cloud4bert_drift_mean_tokens{window=\"reference\"}"] == 4)
        try Data(try #require(first.lastWindow).utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        let later = try #require(try monitor(path.path))
        #expect(!later.isOfOtherModel)
        observe(later, 100, label: 1, score: 0.5)
        let changed = metrics(later)
        #expect(changed["cloud4bert_drift_psi{of=\"labels\"}"] ?? 0 > 0.25)
        #expect(changed["cloud4bert_drift_psi{of=\"confidence\"}"] ?? 0 > 0.25)
        #expect(changed["cloud4bert_drift_records{window=\"reference\"}"] == 100)
    }

    @Test("A file that is none, or of other labels, is refused by name; of another model it says so")
    func refuses() throws {
        defer { try? FileManager.default.removeItem(at: path) }
        let window = #"{"records":2,"labels":[1,1,0],"confidence":[2,0,0,0,0,0,0,0,0,0],"tokens":9,"unknown":0}"#
        let labels = model.architecture.labels.map { "\"\($0)\"" }.joined(separator: ",")
        let sound = #"{"model":"x","labels":[\#(labels)],"window":\#(window)}"#
        try Data(sound.utf8).write(to: path)
        #expect(try monitor(path.path)?.isOfOtherModel == true)
        for (text, problem) in [
            ("", "is not what /drift serves"), ("{}", "is not what /drift serves"),
            (sound.replacing("[1,1,0]", with: "[1,2,0]"), "is not what /drift serves"),
            (sound.replacing("[1,1,0]", with: "[1,-1,2]"), "is not what /drift serves"),
            (sound.replacing("[1,1,0]", with: "[\(Int.max),\(Int.max),4]"), "is not what /drift serves"),
            (sound.replacing("\"records\":2", with: "\"records\":0"), "is not what /drift serves"),
            (sound.replacing(labels, with: "\"a\",\"b\",\"c\""), "a, b, c"),
        ] {
            try Data(text.utf8).write(to: path)
            let error = #expect(throws: SettingsError.self) { _ = try monitor(path.path) }
            #expect(error?.problems.allSatisfy { $0.hasPrefix("drift.reference: ") && $0.contains(problem) } == true)
        }
        let missing = #expect(throws: SettingsError.self) { _ = try monitor("/no/such/file.json") }
        #expect(missing?.problems.first?.contains("/no/such/file.json") == true)
    }
}
