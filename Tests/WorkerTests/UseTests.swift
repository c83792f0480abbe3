// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Delivered
import Foundation
import JSON
import Kafka
import Settings
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// The settings files of `config/`, each at its job with the built-in model.
@Suite(.ownThread) struct UseTests {
    /// What a settings file sets, but for where Kafka and the topics are.
    private func flags(_ file: String) throws -> [String: String] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let path = tests.deletingLastPathComponent().appending(path: "config/\(file)").path
        let settings = try Settings(file: path, environment: [:], flags: [], isForWorker: true)
        let places = ["bootstrap.servers", "group.id", "input.topics", "output.topic", "dead.letter.topic"]
        return settings.given.mapValues(\.text).filter { !places.contains($0.key) }
    }

    private func model() throws -> Model { try Model(directory: DefaultModel.directory(), kernels: .ofTests()) }

    private func texts(_ records: [Record]) -> [String] {
        records.sorted { $0.offset < $1.offset }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    private struct Tagged: Decodable {
        struct Sentiment: Decodable {
            struct Window: Decodable {
                let start: Int
                let end: Int
            }
            let label: String
            let score: Double
            let tokens: Int
            let truncated: Bool
            let windows: [Window]?
        }
        let sentiment: Sentiment?
    }

    @Test("Tickets: customers' own words are tagged, to the end of a long message, and the JSON stays as it is")
    func tickets() async throws {
        let topics = try TestTopics(partitions: 1)
        let log = (0..<4_900).map { "line\($0 % 10) ok" }.joined(separator: " ")
        let anger = "This is horrible, nothing works at all and I hate it, what a terrible and useless product."
        let tickets = [
            #"{"author":{"role":"agent"},"subject":"Re: Lamp","body":"This is terrible, I hate it."}"#,
            #"{"n":1.0e400,"n":2, "author":{"role":"customer"},"subject":"Lamp","body":"<p>Thank you so much, "#
                + #"it works great!</p><blockquote type=\"cite\">Everything is broken and I hate it.</blockquote>"}"#,
            #"{"author":{"role":"customer"},"subject":"Log","body":"\#(log) \#(anger) \#(log.prefix(400))"}"#,
        ]
        try topics.produce(tickets.map { (Array("T-1".utf8), Array($0.utf8), []) })
        let flags = try flags("tickets.properties")
        try await topics.work(flags, model: model()) { try topics.waitForOutput(3) }
        let values = texts(try topics.records(of: topics.output, 3))
        try #require(values.count == 3)
        #expect(values[0] == tickets[0])
        for (value, ticket) in zip(values, tickets).dropFirst() {
            #expect(value.hasPrefix(String(ticket.dropLast())) && value.hasSuffix("}}"))
        }
        let tagged = try values[1...].map { try JSONDecoder().decode(Tagged.self, from: Data($0.utf8)).sentiment }
        let (thanks, long) = (try #require(tagged[0]), try #require(tagged[1]))
        #expect(thanks.label == "positive" && thanks.windows == nil)
        #expect(long.label == "negative" && !long.truncated && long.tokens > 9_000)
        let windows = try #require(long.windows)
        #expect(windows.first?.start == 0 && zip(windows, windows.dropFirst()).allSatisfy { $0.end > $1.start })
        #expect(windows.last?.end == "Log\n\(log) \(anger) \(log.prefix(400))".unicodeScalars.count)
        #expect(try topics.audit(flags).isSound(atLeastOnce: false))
    }

    @Test("Moderation: comments are held, flagged, or shown, by thresholds of their site, and go where they are needed")
    func moderation() async throws {
        let topics = try TestTopics(partitions: 1)
        var flags = try flags("moderation.properties")
        let queue = "\(topics.input)-queue"
        try topics.create(queue, partitions: 1)
        flags["output.routes"] = flags["output.routes"]?.replacingOccurrences(of: "comments.queue", with: queue)
            .replacingOccurrences(of: "comments.tagged", with: topics.output)
        let comments = [
            (nil, "I hate this, it is horrible and you are all idiots."), (nil, "Thanks, that made my day!"),
            ("banter.example", "I hate this, it is horrible and you are all idiots."),
            (nil, "Это ужасно, я это ненавижу"),
        ]
        try topics.produce(
            comments.map { site, text in
                let site = site.map { #""site":"\#($0)","# } ?? ""
                return (nil, Array(#"{\#(site)"text":"\#(text)"}"#.utf8), [])
            }
        )
        try await topics.work(flags, model: model()) { try topics.waitForOutput(4) }
        let results = try topics.records(of: topics.output, 4).sorted { $0.offset < $1.offset }
        let decisions = try results.map { try TestTopics.envelope($0).decision }
        let explained = texts(results).map { $0.contains(#""words":[{"word":"#) }
        #expect(explained == [true, false, true, false])
        #expect(decisions == ["hold", "pass", "flag", "unscored"])
        #expect(try topics.records(of: queue, 3).count == 3)
        let report = try topics.audit(flags)
        #expect(report.isSound(atLeastOnce: false) && report.results == 7, "\(report)")
    }
}
