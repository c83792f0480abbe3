// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// A worker's console, as a client hears it.
@Suite(.ownThread) struct ConsoleTests {
    private func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(fields)\r\n"
    }

    /// The next event that a client is sent.
    private func event(_ client: RawClient) throws -> (name: Substring, data: [String: Any]) {
        var text = ""
        while !text.hasSuffix("\n\n") { text += client.receive(1) }
        let lines = text.split(separator: "\n")
        let data = try #require(lines.first { $0.hasPrefix("data: ") }?.dropFirst(6))
        let json = try JSONSerialization.jsonObject(with: Data(data.utf8))
        return (lines[0].dropFirst(7), try #require(json as? [String: Any]))
    }

    private func listen(_ run: RunningWorker) throws -> RawClient {
        let client = try RawClient(run.worker.httpAddress)
        client.send(get(ConsolePage.eventsPath).utf8)
        var head = ""
        while !head.hasSuffix("\r\n\r\n") { head += client.receive(1) }
        try #require(RawClient.status(head) == 200)
        return client
    }

    @Test("The page is one answer of which nothing else may run, and no two have the same nonce")
    func page() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(try topics.worker())
        let pages = try (0..<2).map { _ in try #require(try RawClient.ask(run.worker.httpAddress, get("/"))) }
        #expect(pages[0].contains("Content-Type: text/html; charset=utf-8\r\n") && pages[0].contains("</html>"))
        let policy = try #require(pages[0].split(separator: "\r\n").first { $0.hasPrefix("Content-Security-Policy: ") })
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
        let nonces = try pages.map { page in
            let start = try #require(page.firstRange(of: "<script nonce=\"")).upperBound
            return String(page[start...].prefix { $0 != "\"" })
        }
        #expect(nonces[0].count > 16 && nonces[0] != nonces[1] && policy.contains("script-src 'nonce-\(nonces[0])'"))
        #expect(!pages[0].contains("{{") && !pages[0].contains("=\"http") && !pages[0].contains("@import"))
        try await run.stop()
    }

    @Test("A client has what was before, then what is new each second, without texts unless they may be shown")
    func events() async throws {
        let topics = try TestTopics(partitions: 2)
        let run = try RunningWorker(try topics.worker(["decision.hold": "positive:0.01"]))
        try topics.produceLive(30, from: 0)
        try run.waitForEnd(of: 30)
        let client = try listen(run)
        let (name, start) = try event(client)
        #expect(name == "start")
        let about = try #require(start["about"] as? [String: Any])
        #expect(about["canTry"] as? Bool == false && about["showsText"] as? Bool == false)
        let settings = try #require(about["settings"] as? [[String]])
        #expect(settings.contains { $0[0] == "input.topics" && $0[1] == topics.input })
        try topics.produceLive(30, from: 30)
        var (records, ended, ticks): ([[String: Any]], Int?, Int) = ([], 0, 0)
        while records.isEmpty || ended != 60 {
            let (name, tick) = try event(client)
            #expect(name == "tick")
            records += try #require(tick["records"] as? [[String: Any]])
            ended = (tick["now"] as? [String: Any])?["ended"] as? Int
            ticks += 1
            try #require(ticks < 250)
        }
        #expect(records.count <= ticks * RecordSample.limit)
        #expect(records.allSatisfy { $0["text"] == nil && ($0["id"] as? String)?.hasPrefix(topics.input) == true })
        try await run.stop()
    }

    @Test("With console.show.text=true texts are shown, as text")
    func text() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(try topics.worker(["console.show.text": "true", "input.format": "text"]))
        let client = try listen(run)
        let script = "<script>alert(1)</script>"
        var (texts, ticks): ([String], Int) = ([], 0)
        while texts.isEmpty {
            try topics.produce([(nil, Array(script.utf8), [])])
            let records = try #require(try event(client).data["records"] as? [[String: Any]])
            texts = records.compactMap { $0["text"] as? String }
            ticks += 1
            try #require(ticks < 250)
        }
        #expect(Set(texts) == [script])
        try await run.stop()
    }

    @Test("A web page of another name hears nothing, and neither does who lacks the token")
    func access() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(try topics.worker())
        let path = ConsolePage.eventsPath
        let address = run.worker.httpAddress
        #expect(try RawClient.status(address, "GET \(path) HTTP/1.1\r\nHost: evil.example\r\n\r\n") == 403)
        #expect(try RawClient.status(address, get(path, "Origin: https://evil.example\r\n")) == 403)
        try await run.stop()
    }
}
