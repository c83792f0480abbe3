// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct BenchCommandTests {
    private static let texts = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "BenchCommandTests.swift").path

    /// What a bench of the smallest model prints.
    private func report(_ arguments: [String]) throws -> [String: Any] {
        let outcome = try Program.run(["bench"] + arguments + ["--model", Program.model("bert-classifier"), "--json"])
        try #require(outcome.exitCode == 0, "\(outcome.complaint)")
        let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(json as? [String: Any])
    }

    @Test("Each bench says what it ran on, and its figures")
    func figures() throws {
        let encode = try report(["encode", "--texts", Self.texts, "--threads", "2", "--repeat", "1"])
        for name in ["texts_per_second", "tokens_per_second", "times_one_thread", "cores"] {
            #expect(encode[name] as? Double ?? 0 > 0, "\(name)")
        }
        #expect(encode["threads"] as? Int == 2 && encode["precision"] as? String == "int8")
        #expect(encode["instruction_set"] is String && encode["processor"] is String && encode["build"] is String)
        let tokenizer = try report(["tokenizer", "--texts", Self.texts, "--repeat", "1"])
        #expect(tokenizer["tokens_per_second"] as? Double ?? 0 > 0)
        let kernels = try report(["kernels", "--repeat", "1"])
        #expect(kernels["peak_multiply_adds_per_second"] as? Double ?? 0 > 0)
        #expect(kernels["float_peak_multiply_adds_per_second"] as? Double ?? 0 > 0)
        let products = try #require(kernels["products"] as? [[String: Any]])
        #expect(products.allSatisfy { $0["peak_share"] as? Double ?? 0 > 0 && $0["microseconds_p95"] is Double })
    }

    @Test("Without texts, encode shows how its cost grows with texts and tokens")
    func scaling() throws {
        let rows = try #require(try report(["encode", "--repeat", "1"])["rows"] as? [[String: Any]])
        #expect(Set(rows.compactMap { $0["tokens_per_text"] as? Int }).count > 1 && rows.count % 3 == 0)
        #expect(rows[0]["times_first"] as? Double == 1)
    }

    @Test("flow puts a lone record, a backlog and paced loads through a real worker")
    func flow() throws {
        let report = try report(["flow", "--seconds", "1", "--encoder.threads", "1"])
        let loads = try #require(report["loads"] as? [[String: Any]])
        #expect(loads.compactMap { $0["load"] as? String } == ["backlog", "lone", "25 %", "50 %", "75 %", "100 %"])
        for load in loads {
            #expect(load["records_per_second"] as? Double ?? 0 > 0)
            #expect(load["milliseconds_p50"] as? Double ?? .infinity <= load["milliseconds_p99"] as? Double ?? 0)
            #expect(load["encoder_microseconds_per_record"] as? Double ?? 0 > 0)
        }
    }

    @Test("train measures steps on labelled texts")
    func train() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        let rows = (0..<64).map { "the text number \($0),\($0 % 3)" }
        try Data((["text,label"] + rows).joined(separator: "\n").utf8).write(to: file)
        let report = try report(["train", "--texts", file.path, "--repeat", "1", "--threads", "1"])
        let runs = try #require(report["runs"] as? [[String: Any]])
        #expect(runs.first?["products"] as? String == "f32")
        #expect(runs.allSatisfy { $0["tokens_per_second"] as? Double ?? 0 > 0 })
    }
}
