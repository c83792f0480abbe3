// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import KafkaTestSupport
import Testing

/// `replay --what-if`, run as a user runs it.
@Suite struct ReplayWhatIfTests {
    private let name = "cloud4bert-test-\(UUID().uuidString.prefix(8))"
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Results of two days; each eighth has a score that is held from 0.85 on.
    private func results(_ count: Int) -> [String] {
        (0..<count).map { index in
            let score = index % 8 == 3 ? 0.875 : 0.75
            let time = 1_700_000_000_000 + Int64(index % 2) * 86_400_000
            return #"{"id":"in-0-\#(index)@0","label":"negative","score":\#(score),"#
                + #""scores":[{"label":"negative","score":\#(score)},{"label":"positive","score":\#(1 - score)}],"#
                + #""decision":"pass","source":{"topic":"in","partition":0,"offset":\#(index),"timestamp_ms":\#(time)},"#
                + #""text":"No. \#(index)"}"#
        }
    }

    private func file(_ lines: [String]) throws -> String {
        let path = directory.appending(path: "results.jsonl").path
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
        return path
    }

    @Test("Of a file, the moves come by day with examples; what is no result is counted")
    func fromFile() throws {
        let path = try file(results(80) + ["{}", #"{"id":"x","error":{"reason":"bad_json","message":""}}"#])
        let options = ["replay", "--from-file", path, "--what-if"]
        let outcome = try Program.run(options + ["decision.hold=negative:0.85,toxic:0.5"])
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.lines.first == "10 of 80 records would be decided otherwise (12.5 %)")
        #expect(outcome.lines.contains("2023-11-15    pass   hold       10"), "\(outcome.output)")
        #expect(outcome.output.contains("in-0-3@0  negative  0.875  No. 3"))
        #expect(outcome.output.contains("'toxic'") && outcome.output.contains("1 records hold no result"))
        let json = try Program.run(
            options + ["decision.hold=negative:0.85", "--what-if", "decision.flag=*:0.7", "--json"]
        )
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["changed"] as? Int == 80 && object["untagged"] as? Int == 1)
        let moves = try #require(object["moves"] as? [[String: Any]])
        #expect(moves.map { $0["after"] as? String } == ["flag", "flag", "hold"])
        #expect(moves.map { $0["count"] as? Int } == [40, 30, 10])
        // Nothing is explained, whatever the thresholds come to.
        let explained = ["decision.hold=", "--decision.hold", "negative:0.5", "--explain", "decided"]
        #expect(try Program.run(options + explained).exitCode == 0)
        let piped = try Program.run(
            ["replay", "--from-file", "/dev/stdin", "--what-if", "decision.hold=negative:0.85"],
            input: results(80).joined(separator: "\n")
        )
        #expect(piped.lines.first == outcome.lines.first)
    }

    @Test("Of a topic, as many move, and nothing of a model is loaded")
    func fromTopic() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic(name, partitions: 2)
        let producer = try Producer(settings: ["bootstrap.servers": cluster.bootstrapServers])
        for (index, value) in results(80).enumerated() {
            try producer.send(
                topic: name,
                partition: Int32(index % 2),
                key: nil,
                value: Array(value.utf8),
                headers: [],
                timestamp: 1_700_000_000_000,
                token: 0
            )
        }
        #expect(producer.flush(timeout: Program.patience).reports.count == 80)
        let arguments = [
            "replay", "--bootstrap.servers", cluster.bootstrapServers, "--model", "/no/such", "--what-if",
            "decision.hold=negative:0.85", "--output.topic", name,
        ]
        let outcome = try Program.run(arguments)
        #expect(outcome.exitCode == 0 && outcome.lines.first?.hasPrefix("10 of 80 records") == true, "\(outcome)")
        let part = try Program.run(arguments + ["--partitions", "1", "--from", "20"])
        #expect(part.lines.first?.hasPrefix("5 of 20 records") == true, "\(part)")
    }

    @Test("What is wrong is said by name")
    func refused() throws {
        let path = try file(results(1))
        for (options, code, message) in [
            (["--what-if", "hold=negative:0.5"], 64, "--what-if takes a setting of decisions"),
            (["--what-if", "decision.hold"], 64, "--what-if takes a setting of decisions"),
            (["--what-if", "decision.hold=negative"], 78, "decision.hold"),
            (["--what-if", "decision.hole=negative:0.5"], 78, "decision.hole"),
            (["--what-if", "decision.hold=negative:0.5", "--to-stdout"], 64, "--to-stdout is about tagging"),
            (["--what-if", "decision.hold=negative:0.5", "--from", "1"], 64, "--from is about a topic"),
            (["--what-if", "decision.hold=negative@a:0.5"], 78, "decision.by"),
        ] as [([String], Int32, String)] {
            let outcome = try Program.run(["replay", "--from-file", path] + options)
            #expect(outcome.exitCode == code && outcome.complaint.contains(message), "\(options): \(outcome)")
        }
        let missing = try Program.run(["replay", "--from-file", "/no/such", "--what-if", "decision.hold=a:0.5"])
        #expect(missing.exitCode == 66 && missing.complaint.contains("/no/such"))
        let none = try Program.run(["replay", "--what-if", "decision.hold=a:0.5"])
        #expect(none.exitCode == 64 && none.complaint.contains("--topic"))
    }
}
