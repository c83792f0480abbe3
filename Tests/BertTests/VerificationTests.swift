// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

@Suite struct VerificationTests {
    /// The reference outputs of a golden directory as the file that `verify` reads, changed by `change`.
    private func expected(
        _ directory: String,
        _ change: (Int, inout [String: Any]) -> Void = { _, _ in }
    ) throws -> ExpectedOutputs {
        let data = try Data(contentsOf: URL(filePath: goldenPath(directory) + "/expected.json"))
        let cases = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        let lines = try cases.enumerated().map { index, entry in
            var line: [String: Any] = [:]
            for (name, old) in [("text", "text"), ("ids", "input_ids"), ("logits", "logits")] {
                line[name] = entry[old]
            }
            change(index, &line)
            return String(decoding: try JSONSerialization.data(withJSONObject: line), as: UTF8.self)
        }
        return try Self.read(lines.joined(separator: "\n"))
    }

    private static func read(_ text: String) throws -> ExpectedOutputs {
        let path = FileManager.default.temporaryDirectory.appending(path: "expected-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        return try ExpectedOutputs(path: path)
    }

    private func model(_ directory: String, _ precision: Precision = .f32) throws -> Model {
        try Model(directory: goldenPath(directory), kernels: .ofTests(), precision: precision)
    }

    @Test(
        "What transformers has written down is reproduced in f32",
        arguments: ["bert-classifier", "roberta-classifier", "deberta-classifier", "modernbert-classifier"]
    )
    func reproduced(directory: String) throws {
        let found = try Verification(expected(directory), of: model(directory))
        #expect(found.isReproduced && found.sameLabel == found.texts && found.otherIDs.isEmpty, "\(found)")
        #expect(found.greatest < 1e-4 && found.spread > 0.1)
    }

    @Test("Another id, and a logit that is too far off, are told by their line")
    func different() throws {
        let ids = try Verification(
            expected("bert-classifier") { index, line in
                if index == 3, var ids = line["ids"] as? [Int] {
                    ids.swapAt(1, 2)
                    line["ids"] = ids
                }
            },
            of: model("bert-classifier")
        )
        #expect(ids.otherIDs == [4] && ids.problem?.contains("the first on line 4") == true)
        let far = try expected("bert-classifier") { index, line in
            if index == 5, var logits = line["logits"] as? [Double] {
                logits[1] += 0.01
                line["logits"] = logits
            }
        }
        let found = try Verification(far, of: model("bert-classifier"))
        #expect(found.greatestLine == 6 && found.problem?.contains("on line 6") == true, "\(found)")
        #expect(try Verification(far, of: model("bert-classifier"), tolerance: 0.02).isReproduced)
    }

    @Test("Bytes are judged by labels and the differences on the whole, unless a tolerance is given")
    func bytes() throws {
        let found = try Verification(expected("bert-classifier"), of: model("bert-classifier", .int8))
        #expect(found.tolerance == nil && found.meanSquareRoot < 0.1 * found.spread)
        let off = try expected("bert-classifier") { _, line in
            line["logits"] = (line["logits"] as? [Double])?.reversed().map { -$0 }
        }
        #expect(try !Verification(off, of: model("bert-classifier", .int8)).isReproduced)
        let strict = try Verification(expected("bert-classifier"), of: model("bert-classifier", .int8), tolerance: 0)
        #expect(!strict.isReproduced)
    }

    @Test("A text that the file's maker cut is cut there, and no other is")
    func cut() throws {
        let cut = try expected("bert-classifier") { _, line in
            guard let ids = line["ids"] as? [Int], let logits = line["logits"] else { return }
            line["ids"] = ids.count > 10 ? Array(ids.prefix(9)) + [ids[ids.count - 1]] : ids
            line["logits"] = logits
        }
        let found = try Verification(cut, of: model("bert-classifier"), tolerance: 1_000)
        #expect(found.otherIDs.isEmpty && found.isReproduced)
    }

    @Test(
        "A file that is none of this kind is refused by its line",
        arguments: [
            ("", "holds no texts"), ("x", "line 1 is no"), (#"{"text":"a","ids":[],"logits":[1]}"#, "line 1 is no"),
            ("\n{\"text\":\"a\",\"ids\":[1,2,3],\"logits\":[1e999]}", "line 2 is no"),
        ]
    )
    func broken(text: String, reason: String) throws {
        let error = #expect(throws: FileError.self) { try Self.read(text) }
        #expect(error?.reason.contains(reason) == true)
    }

    @Test(
        "What is of another model is refused by its line",
        arguments: [
            #"{"text":"a","ids":[2,3],"logits":[1,2]}"#, #"{"text":"a","ids":[2,99999],"logits":[1,2,3]}"#,
            #"{"text":"a","ids":[-1],"logits":[1,2,3]}"#,
        ]
    )
    func other(line: String) throws {
        let expected = try Self.read(line)
        let error = #expect(throws: FileError.self) { try Verification(expected, of: model("bert-classifier")) }
        #expect(error?.reason.contains("line 1 is not of this model") == true)
    }
}
