// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite struct DemoCommandTests {
    @Test("demo says what was encoded in what time and what the cache answered, and gives no rate")
    func figures() throws {
        let outcome = try Program.run(["demo", "--model", Program.model("bert-classifier")])
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        let records = try #require(outcome.lines.first { $0.hasPrefix("records ") })
        let encoded = try #require(outcome.lines.first { $0.hasPrefix("encoded ") })
        let figures = /encoded +([0-9]+) texts, ([0-9]+) tokens in [0-9]+ ms .*; ([0-9]+) answered from the cache/
        let match = try #require(encoded.wholeMatch(of: figures))
        let texts = try #require(Int(match.1)), tokens = try #require(Int(match.2)), known = try #require(Int(match.3))
        #expect(texts > 0 && tokens >= 3 * texts)
        // Each record's text was encoded, or known already.
        #expect(records.contains(" \(texts + known),"))
        #expect(!outcome.output.contains("records/s"))
    }
}
