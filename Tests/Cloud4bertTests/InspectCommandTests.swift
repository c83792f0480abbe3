// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct InspectCommandTests {
    @Test("inspect says what a directory holds and costs, as lines and as JSON")
    func inspect() throws {
        let directory = Program.model("bert-classifier")
        let lines = try Program.run(["inspect", directory])
        #expect(lines.exitCode == 0, "\(lines.complaint)")
        #expect(lines.output.contains("BertForSequenceClassification (bert): 3 layers"))
        #expect(
            lines.output.contains("3: negative, neutral, positive") && lines.output.contains("WordPiece of 951 tokens")
        )
        let json = try Program.run(["inspect", "--json", "--tokens", "20", "--model.precision", "f32", directory])
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["precision"] as? String == "f32" && object?["tokens_per_record"] as? Int == 20)
        #expect(object?["records_per_second"] as? Double ?? 0 > 0 && object?["encoder_bytes"] as? Int ?? 0 > 0)
        let stored = object?["stored"] as? [String: Int]
        #expect(stored?["F32"] == object?["parameters"] as? Int && stored?.count == 1)
        #expect(object?["files"] as? [String] == ["model.safetensors"])
    }

    @Test("A directory without a classifier has neither labels nor records a second; a broken one is named")
    func others() throws {
        let bare = try Program.run(["inspect", Program.model("mpnet-model")])
        #expect(bare.exitCode == 0 && bare.output.contains("none: MPNetModel puts no labels on texts"))
        let missing = try Program.run(["inspect", Program.model("no-such")])
        #expect(missing.exitCode == 66 && missing.complaint.contains("no-such"))
        #expect(try Program.run(["inspect", "a", "b"]).exitCode == 64)
    }
}
