// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import KafkaTestSupport
import Testing

/// `replay --compare` and `--compare-topic`, run as a user runs them.
@Suite struct ReplayCompareTests {
    private static let model = ["--model.path", Program.model("bert-classifier")]
    private let name = "cloud4bert-test-\(UUID().uuidString.prefix(8))"
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    private func input(_ count: Int) throws -> String {
        let lines = (0..<count).map { index in
            index % 10 == 7 ? "{" : #"{"text":"<b onload=x>No. \#(index)</b> is good & \"fine\""}"#
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path("in.jsonl")))
        return path("in.jsonl")
    }

    private func object(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    /// The tests' classifier, elsewhere.
    private func otherModel() throws -> String {
        let copy = path("model")
        try FileManager.default.copyItem(atPath: Program.model("bert-classifier"), toPath: copy)
        return copy
    }

    @Test("A model agrees with itself; the page holds what was found, escaped, and loads nothing")
    func itself() throws {
        let arguments = ["replay", "--from-file", try input(60)] + Self.model + ["--compare", try otherModel()]
        let outcome = try Program.run(arguments + ["--report", path("report.html")])
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.output.contains("54 of 54 records get the same label (100.0 %); 6 scored by neither"))
        #expect(outcome.output.contains("PSI of labels 0.0000, which is little drift"))
        let page = try String(contentsOfFile: path("report.html"), encoding: .utf8)
        #expect(["default-src 'none'", "prefers-color-scheme:dark", "<svg"].allSatisfy(page.contains))
        #expect(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"))
        let json = try object(Program.run(arguments + ["--json"]))
        #expect(json["records"] as? Int == 54 && json["agreement"] as? Double == 1)
        let sides = try ["a", "b"].map { try #require(json[$0] as? [String: Any]) }
        #expect(sides[0]["sha256"] as? String == sides[1]["sha256"] as? String)
        #expect(sides.allSatisfy { $0["records_per_second"] as? Double ?? 0 > 0 })
    }

    @Test("Texts that change on the way are told apart, in the table, in JSON and on the page; the same bits each time")
    func domain() throws {
        let lines = (0..<120).map { index in
            #"{"text":"\#(index < 60 ? "the build has an error" : "an awful browser") \#(index % 20)"}"#
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path("in.jsonl")))
        let arguments =
            ["replay", "--from-file", path("in.jsonl")] + Self.model + ["--compare", Program.model("bert-classifier")]
        let table = try Program.run(arguments + ["--report", path("report.html")])
        #expect(table.output.contains("domain classifier: AUC 1.000 (by chance 0.5 ± 0.053), which is large drift"))
        #expect(table.output.contains("before and from line 61 on told apart, of 120"), "\(table)")
        #expect(
            try String(contentsOfFile: path("report.html"), encoding: .utf8).contains("with an AUC of\n<b>1.000</b>")
        )
        let domains = try (0..<2).map { _ in
            try #require(try object(Program.run(arguments + ["--json"]))["domain"] as? [String: Any])
        }
        #expect(domains[0]["auc"] as? Double == 1 && domains[0]["second_half"] as? String == "line 61")
        #expect(NSDictionary(dictionary: domains[0]) == NSDictionary(dictionary: domains[1]))
    }

    @Test("Results in a topic are met by their ids; what differs is counted by label, moved most, and said by day")
    func topic() throws {
        let cluster = try LocalCluster()
        let (input, output) = ("\(name)-in", "\(name)-out")
        for topic in [input, output] { try cluster.createTopic(topic, partitions: 1) }
        let producer = try Producer(settings: ["bootstrap.servers": cluster.bootstrapServers])
        for index in 0..<40 {
            try producer.send(
                topic: input,
                partition: 0,
                key: nil,
                value: Array(#"{"text":"<b>No. \#(index)</b>"}"#.utf8),
                headers: [],
                timestamp: 1_700_000_000_000 + Int64(index) * 10 * 3_600_000,
                token: 0
            )
        }
        #expect(producer.flush(timeout: Program.patience).reports.count == 40)
        let base = ["replay", "--bootstrap.servers", cluster.bootstrapServers, "--topic", input] + Self.model
        let tagged = try Program.run(base + ["--to-stdout"])
        #expect(tagged.lines.count == 40)
        // All scores of the first ten are turned around, the last ten have no result, and one is of nobody.
        let results = tagged.lines.prefix(30).enumerated().map { index, line -> String in
            index < 10 ? Self.turned(line) : line
        }
        for value in results + [Self.turned(tagged.lines[0]).replacingOccurrences(of: "\(input)-0-0@", with: "x-0-0@")]
        {
            try producer.send(topic: output, partition: 0, key: nil, value: Array(value.utf8), headers: [], token: 0)
        }
        #expect(producer.flush(timeout: Program.patience).reports.count == 31)
        let outcome = try Program.run(base + ["--compare-topic", output, "--json", "--report", path("report.html")])
        #expect(outcome.exitCode == 0, "\(outcome)")
        let json = try object(outcome)
        #expect(json["records"] as? Int == 30 && json["only_b"] as? Int == 10 && json["only_a"] as? Int == 1)
        let periods = try #require(json["periods"] as? [[String: Any]])
        #expect(json["by"] as? String == "day" && periods.count == 14)
        #expect(periods[0]["a_label_psi"] as? Double == 0 && json["domain"] is NSNull)
        #expect(periods.contains { ($0["a_confidence_psi"] as? Double ?? 0) > 0 })
        let moved = try #require(json["moved"] as? [[String: Any]])
        #expect(moved.count == 10 && moved.allSatisfy { ($0["text"] as? String)?.hasPrefix("<b>") == true })
        let page = try String(contentsOfFile: path("report.html"), encoding: .utf8)
        #expect(page.contains("&lt;b&gt;No. ") && !page.contains("<b>No."))
        #expect(page.contains("PSI of labels against the first day"))
        let table = try Program.run(base + ["--compare-topic", output, "--to", "5"])
        #expect(table.exitCode == 0 && table.output.contains("26 scored by A alone"), "\(table)")
        #expect(table.output.contains("PSI of labels A") && table.output.contains("PSI: against the first hour"))
    }

    /// A result whose labels stand in the opposite order of their scores.
    private static func turned(_ line: String) -> String {
        guard var object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let scores = object["scores"] as? [[String: Any]]
        else { return "" }
        object["scores"] = zip(scores, scores.reversed()).map { ["label": $0["label"], "score": $1["score"]] }
        return ((try? JSONSerialization.data(withJSONObject: object)).map { String(decoding: $0, as: UTF8.self) }) ?? ""
    }

    @Test("Nothing is explained, for nobody would see it")
    func explanations() throws {
        let options = ["--compare", Program.model("bert-classifier"), "--explain", "decided"]
        // Where the words of decided texts were to be weighed, there would have to be thresholds.
        let outcome = try Program.run(["replay", "--from-file", try input(5)] + Self.model + options)
        #expect(outcome.exitCode == 0 && outcome.output.contains("5 of 5 records"), "\(outcome)")
    }

    @Test("What is wrong is said by name")
    func refused() throws {
        let (file, model) = (try input(1), Program.model("bert-classifier"))
        for (options, code, message) in [
            (["--compare", model, "--to-stdout"], 64, "--to-stdout is about results"),
            (["--compare", model, "--compare-topic", "t"], 64, "two things"),
            (["--compare", "/no/such"], 66, "/no/such"),
            (["--json"], 64, "--json goes with"), (["--report", "x"], 64, "--report goes with"),
        ] as [([String], Int32, String)] {
            let outcome = try Program.run(["replay", "--from-file", file] + Self.model + options)
            #expect(outcome.exitCode == code && outcome.complaint.contains(message), "\(options): \(outcome)")
        }
        let once = try Program.run(["replay", "--from-file", "/dev/stdin", "--compare", model] + Self.model)
        #expect(once.exitCode == 64 && once.complaint.contains("can be read once"))
    }
}
