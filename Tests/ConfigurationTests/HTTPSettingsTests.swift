// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Settings
import Testing
import WorkerTestSupport

@testable import Configuration

@Suite struct HTTPSettingsTests {
    private func problems(_ flags: [String: String], _ environment: [String: String] = [:]) -> [String] {
        do throws(SettingsError) {
            let flags = flags.map { ($0.key, $0.value) }
            return try Settings(file: nil, environment: environment, flags: flags).workerProblems()
                .filter { $0.hasPrefix("http.") }
        } catch {
            return error.problems
        }
    }

    @Test(
        "Scoring by HTTP needs a token where others than this machine reach the port",
        arguments: [
            ("127.0.0.1:0", true), ("127.9.9.9:80", true), ("localhost:80", true), ("[::1]:80", true),
            ("0.0.0.0:80", false),
            ("[::]:80", false), ("10.0.0.1:80", false), ("127.0.0.1.example:80", false), ("worker.example:80", false),
        ]
    )
    func loopback(address: String, isLoopback: Bool) {
        let flags = ["http.address": address, "http.scoring": "on"]
        #expect(problems(flags).count == (isLoopback ? 0 : 1))
        #expect(problems(flags, ["CLOUD4BERT_HTTP_TOKEN": "abc"]).isEmpty)
        #expect(problems(["http.address": address]).isEmpty)
        #expect(problems(flags).allSatisfy { $0.hasPrefix("http.token: not set") && $0.contains(address) })
    }

    @Test("The token comes from a file or a variable, is no flag, and is never shown")
    func secret() throws {
        let secret = "hunter2-hunter2"
        #expect(problems(["http.token": secret]).first?.contains("http.token.file") == true)
        #expect(problems(["http.token": secret]).allSatisfy { !$0.contains("hunter2") })
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        try Data("\(secret)\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let settings = try testSettings(["http.token.file": file.path])
        #expect(settings[Settings.httpToken] == secret)
        #expect(settings.summary.contains("http.token = ***  (") && !settings.summary.contains("hunter2"))
        #expect(try testSettings().summary.contains("http.token =   (default)"))
    }

    @Test(
        "What no client could send as a token is refused, and not repeated",
        arguments: [
            ("abc", true), ("a-._~+/Z9==", true), ("==", false), ("a=b", false), ("a b", false), ("hünter2", false),
            (" a", false),
            ("a\n\n", false),
        ]
    )
    func tokens(token: String, isToken: Bool) {
        let found = problems([:], ["CLOUD4BERT_HTTP_TOKEN": token])
        #expect(found.isEmpty == isToken)
        #expect(found.allSatisfy { $0.hasPrefix("http.token: it (CLOUD4BERT_HTTP_TOKEN) is not letters") })
    }
}
