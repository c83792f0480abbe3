// SPDX-License-Identifier: Apache-2.0
import Foundation
import Settings
import Testing

@testable import Configuration

/// Settings that are read again while a worker runs.
@Suite struct ReloadSettingsTests {
    private func settings(_ lines: [String], _ flags: [(key: String, value: String)] = []) throws -> Settings {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        return try Settings(file: file.path, environment: [:], flags: flags, spelling: { "--\($0)" })
    }

    @Test("What goes with a model is taken over, and the rest stays and is named")
    func changes() throws {
        let before = try settings(["model.path = one", "batch.max.tokens = 64", "kafka.debug = broker"])
        let now = try settings([
            "model.path = two", "decision.hold = negative:0.9", "batch.max.tokens = 65", "kafka.client.id = x",
            "cache.max.bytes = 16MiB",
        ])
        let after = before.reloaded(from: now)
        #expect(after[Settings.modelPath] == "two" && after.given["model.path"]?.text == "two")
        #expect(!after[Settings.decisionHold].isEmpty && after[Settings.batchMaxTokens] == 64)
        #expect(before.needingRestart(for: now) == ["batch.max.tokens", "kafka.client.id", "kafka.debug"])
        #expect(after.needingRestart(for: after).isEmpty && before.reloaded(from: before).given.count == 3)
    }

    @Test("What goes before the file is told, with where it comes from")
    func overrides() throws {
        let settings = try settings(["model.path = one", "model.precision = f32"], [("model.path", "two")])
        #expect(settings.modelOverrides.map(\.key) == ["model.path"])
        #expect(settings.modelOverrides.map(\.source) == ["--model.path"])
    }
}
