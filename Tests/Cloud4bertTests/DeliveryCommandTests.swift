// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import KafkaTestSupport
import Testing
import Training

/// The commands that look at what a worker left in Kafka, run as a user runs them.
@Suite struct DeliveryCommandTests {
    private let bootstrapServers: String
    private let cluster: LocalCluster?
    private let name = "cloud4bert-test-\(UUID().uuidString.prefix(8))"
    private var input: String { "\(name)-in" }
    private var output: String { "\(name)-out" }
    private var deadLetters: String { "\(name)-dead" }

    init() throws {
        let outside = ProcessInfo.processInfo.environment["CLOUD4BERT_TEST_BOOTSTRAP"]
        cluster = outside == nil ? try LocalCluster() : nil
        bootstrapServers = outside ?? cluster?.bootstrapServers ?? ""
        let admin = try Admin(settings: ["bootstrap.servers": bootstrapServers])
        for topic in [input, output, deadLetters] {
            // The local cluster has its own way.
            if let cluster {
                try cluster.createTopic(topic, partitions: 1)
            } else {
                try admin.createTopic(topic, partitions: 1)
            }
        }
    }

    private func header(_ name: String, _ value: String) -> Header { Header(name: name, value: Array(value.utf8)) }

    private func send(_ topic: String, _ records: [(value: String, headers: [Header])]) throws {
        let producer = try Producer(settings: ["bootstrap.servers": bootstrapServers])
        for (value, headers) in records {
            try producer.send(topic: topic, key: nil, value: Array(value.utf8), headers: headers, token: 0)
        }
        let reports = producer.flush(timeout: Program.patience).reports
        #expect(reports.count == records.count && reports.allSatisfy { $0.error == nil })
    }

    private func sendResults(_ offsets: [Int]) throws {
        try send(output, offsets.map { ("x", [header("cloud4bert.source", "\(input)-0-\($0)")]) })
    }

    private func sendLetter(_ offset: Int, reason: String) throws {
        let own = [
            header("trace", "t"), header("cloud4bert.error.topic", input), header("cloud4bert.error.partition", "0"),
            header("cloud4bert.error.offset", "\(offset)"), header("cloud4bert.error.timestamp", "1700000000123"),
            header("cloud4bert.error.reason", reason), header("cloud4bert.error.attempts", "2"),
        ]
        try send(deadLetters, [("secret words \(offset)\u{1B}[2J", own)])
    }

    private func audit(_ options: [String] = []) throws -> Program.Outcome {
        try Program.run(
            ["audit", "--bootstrap.servers", bootstrapServers, "--input", input, "--output", output] + options
        )
    }

    private func letters(_ action: String, _ options: [String] = []) throws -> Program.Outcome {
        try Program.run(
            [
                "dead-letters", action, "--bootstrap.servers", bootstrapServers, "--dead.letter.topic", deadLetters,
                "--group", "\(name)-group",
            ] + options
        )
    }

    @Test("audit exits with 0 where each record has one result, and with 65 and the places where not")
    func audits() throws {
        try send(input, (0..<6).map { ("text \($0)", []) })
        try sendResults([0, 1, 2, 3, 4])
        try sendLetter(5, reason: "bad_json")
        let sound = try audit(["--dead-letters", deadLetters])
        #expect(sound.exitCode == 0 && sound.complaint.isEmpty, "\(sound)")
        #expect(sound.lines.contains { $0.hasPrefix("missing") && $0.hasSuffix(" 0") })

        let missing = try audit()
        #expect(missing.exitCode == 65 && missing.complaint.contains("1 missing"))
        #expect(missing.lines.contains { $0.hasPrefix("missing") && $0.contains("\(input)[0] 5") })

        try sendResults([3, 4])
        #expect(try audit(["--dead-letters", deadLetters]).exitCode == 65)
        let again = try audit(["--dead-letters", deadLetters, "--at-least-once", "--json"])
        #expect(again.exitCode == 0)
        let object = try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any]
        #expect(object?["sound"] as? Bool == true && object?["records"] as? Int == 6)
        #expect(object?["replays"] as? Int == 1 && object?["dead_letters"] as? Int == 1)
        let repeated = try #require(object?["repeated"] as? [String: Any])
        let range = try #require((repeated["ranges"] as? [[String: Any]])?.first)
        #expect(repeated["count"] as? Int == 2 && range["first"] as? Int == 3 && range["last"] as? Int == 4)
    }

    @Test("dead-letters lists without texts, sends back once, and drops only when told so")
    func deadLetterCommands() throws {
        try send(input, [("text", [])])
        for (offset, reason) in [(0, "bad_json"), (1, "not_utf8"), (2, "bad_json"), (3, "empty_text")] {
            try sendLetter(offset, reason: reason)
        }
        let list = try letters("list")
        try #require(list.exitCode == 0 && list.lines.count == 5, "\(list)")
        #expect(!list.output.contains("secret"))
        #expect(list.lines[2].contains("not_utf8") && list.lines[2].contains("\(input)[0] 1"))
        #expect(list.lines[2].contains("2023-11-14T22:13:20.123Z"))
        let texts = try letters("list", ["--text", "--reason", "not_utf8"])
        #expect(texts.output.contains("secret words 1") && !texts.output.contains("\u{1B}"))
        let lines = try letters("list", ["--json", "--limit", "2"]).lines
        let object = try JSONSerialization.jsonObject(with: Data(try #require(lines.last).utf8)) as? [String: Any]
        #expect(lines.count == 2 && object?["offset"] as? Int == 1 && object?["attempts"] as? Int == 2)
        #expect(object?["settled"] as? Bool == false && object?["text"] == nil)

        #expect(try letters("requeue", ["--reason", "bad_json"]).output == "2 requeued to \(input)\n")
        #expect(try letters("requeue", ["--reason", "bad_json", "--json"]).output == "{\"requeued\":0,\"left\":0}\n")
        let refusal = try letters("drop", ["--offset", "1"])
        #expect(refusal.exitCode == 64 && refusal.complaint.contains("1 letter") && refusal.complaint.contains("--yes"))
        #expect(try letters("drop", ["--offset", "1", "--yes"]).output == "1 dropped\n")
        #expect(try letters("list").lines.count == 2)
        #expect(try letters("list", ["--all"]).lines.filter { $0.hasSuffix("settled") }.count == 3)
    }

    @Test("corrections tells how good results are, advises thresholds, and writes what finetune learns from")
    func corrections() throws {
        let results = (0..<50).map { number in
            let score = number < 40 ? "0.95" : "0.7"
            return #"{"label":"negative","decision":"negative","scores":[{"label":"negative","score":\#(score)},"#
                + #"{"label":"neutral","score":0.05}],"source":{"topic":"\#(input)","partition":0,"offset":\#(number)},"text":"no. \#(number), \"bad\""}"#
        }
        try send(output, results.map { ($0, []) })
        // The dead-letter topic has no other use here.
        let verdicts = (0..<49).map { #"{"id":"\#(input)-0-\#($0)","label":"\#($0 < 40 ? "negative" : "neutral")"}"# }
        let mistyped = #"{"id":"\#(input)-0-49","label":"negatve"}"#
        try send(deadLetters, (verdicts + [mistyped, "{"]).map { ($0, []) })
        let csv = FileManager.default.temporaryDirectory.appending(path: "\(name).csv").path
        defer { try? FileManager.default.removeItem(atPath: csv) }
        let arguments = [
            "corrections", "--bootstrap.servers", bootstrapServers, "--output", output, "--corrections.topic",
            deadLetters,
        ]
        let outcome = try Program.run(arguments + ["--csv", csv])
        #expect(outcome.exitCode == 0 && outcome.complaint.contains("49 texts"), "\(outcome)")
        #expect(outcome.output.contains("For a precision of 0.9:") && outcome.output.contains("0.950"), "\(outcome)")
        #expect(!outcome.output.contains("bad"))
        #expect(outcome.output.contains("did you mean negative?"), "\(outcome)")
        let examples = try Dataset(path: csv).examples
        #expect(examples.count == 49 && examples[0].text == #"no. 0, "bad""# && examples[48].label == "neutral")
        let json = try Program.run(arguments + ["--json", "--precision", "0.95"])
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["corrected"] as? Int == 49 && object?["malformed"] as? Int == 1)
        let refused = object?["refused_labels"] as? [[String: Any]]
        #expect(object?["refused"] as? Int == 1 && refused?.first?["did_you_mean"] as? String == "negative")
        let advice = (object?["thresholds"] as? [String: Any])?["negative"] as? [String: Any]
        #expect(advice?["too_few"] as? Int == 49 && advice?["needed"] as? Int == 73)
        let local = try Program.run(arguments + ["--from", "-1d"]).complaint.contains(
            "a local cluster finds no offsets"
        )
        #expect(local == (cluster != nil))
        #expect(try Program.run(arguments + ["--from", "soon"]).complaint.contains("--from: 'soon'"))
        #expect(try Program.run(arguments + ["--precision", "1"]).exitCode == 64)
    }

    @Test("Wrong uses of dead-letters and audit are told apart from failures")
    func usage() throws {
        #expect(try letters("burn").exitCode == 64)
        #expect(try letters("list", ["--partition", "x"]).exitCode == 64)
        #expect(try Program.run(["audit", "--input", "a"]).exitCode == 78)
        #expect(try Program.run(["dead-letters", "list"]).exitCode == 78)
        let help = try Program.run(["help", "dead-letters"])
        #expect(help.output.contains("list | requeue | drop") && help.output.contains("--group"))
    }
}
