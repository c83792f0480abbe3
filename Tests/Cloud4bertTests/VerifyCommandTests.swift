// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct VerifyCommandTests {
    /// The reference outputs of a golden directory as the file that `verify` reads.
    private func expected(_ directory: String) throws -> String {
        let data = try Data(contentsOf: URL(filePath: Program.model(directory) + "/expected.json"))
        let cases = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        return try cases.map { entry in
            let line = ["text": entry["text"], "ids": entry["input_ids"], "logits": entry["logits"]].compactMapValues(
                \.self
            )
            return String(decoding: try JSONSerialization.data(withJSONObject: line), as: UTF8.self) + "\n"
        }.joined()
    }

    @Test("verify says what it found, and ends with an error where that is not what was expected")
    func verify() throws {
        let directory = Program.model("bert-classifier")
        let input = try expected("bert-classifier")
        let arguments = ["verify", directory, "--expected", "-", "--model.precision", "f32"]
        let found = try Program.run(arguments, input: input)
        #expect(found.exitCode == 0 && found.output.contains("have the expected ids"), "\(found.complaint)")
        let json = try Program.run(arguments + ["--json"], input: input)
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["reproduced"] as? Bool == true && object?["same_ids"] as? Int == object?["texts"] as? Int)
        let strict = try Program.run(arguments + ["--tolerance", "0"], input: input)
        #expect(strict.exitCode == 65 && strict.complaint.contains("not reproduced: a logit differs by"))
        #expect(try Program.run(["verify", directory]).exitCode == 64)
        #expect(try Program.run(["verify", directory, "--expected", "/no/such"]).exitCode == 66)
    }
}
