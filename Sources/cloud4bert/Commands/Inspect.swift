// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Foundation
import Settings

extension Command {
    static let inspect = Command(
        name: "inspect",
        arguments: "[DIR]",
        summary:
            "show what a model directory holds: architecture, parameters, labels, tokenizer, memory, records a second",
        options: [
            Option(
                "tokens",
                "N",
                "of how many tokens the texts are that records a second are measured with; 42 unless said"
            ),
            Option("json", nil, "one JSON object"),
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else { throw UsageError("inspect takes one directory") }
        let tokens = try invocation.integer("tokens", in: Encoding.leastTokens...1_000_000) ?? 42
        let own = invocation.arguments.map { (key: "model.path", value: $0) }
        let settings = try invocation.settings(with: own)
        let files = try ModelDirectory(settings.modelDirectory())
        let inspection = try Inspection(
            files,
            Model(settings: settings, environment: Environment.all),
            encoders: settings.encoderThreadCount,
            tokens: tokens
        )
        guard invocation.has("json") else { return try Terminal.line(TextTable.lines(inspection.lines)) }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try Terminal.write(Array(encoder.encode(inspection)) + [UInt8(ascii: "\n")])
    }
}

extension TextTable {
    /// Names, and what they stand for, flush left.
    fileprivate static func lines(_ rows: [(name: String, text: String)]) -> String {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { $0.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.text }
            .joined(separator: "\n")
    }
}
