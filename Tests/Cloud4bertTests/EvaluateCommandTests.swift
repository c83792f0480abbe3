// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

/// `evaluate` on small models: tests, comparisons, cases of behaviour.
@Suite struct EvaluateCommandTests {
    private let files: TrainingFiles

    init() throws { files = try TrainingFiles() }

    @Test("evaluate gives figures as a table and as JSON, every prediction, and a page")
    func evaluate() throws {
        let (test, more) = (
            try files.labelled(), try files.file("more.jsonl", #"{"text":"<b>fine</b>","label":"positive"}"# + "\n")
        )
        let model = ["evaluate", "--model", Program.model("bert-classifier")]
        let written = ["--predictions", files.path("predictions.csv"), "--report", files.path("report.html")]
        let outcome = try Program.run(model + ["--test", test, "--test", more, "--json"] + written)
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        let figures = try JSONDecoder().decode(Figures.self, from: Data(outcome.output.utf8))
        #expect(figures.confusion.flatMap(\.self).reduce(0, +) == 61)
        #expect(Set(figures.classes.keys) == ["negative", "neutral", "positive"])
        #expect(figures.weighted.recall == figures.accuracy && (0...1).contains(figures.ece))
        #expect(figures.files?.map(\.file) == [test, more])
        let predictions = try Dataset(path: files.path("predictions.csv")).examples
        #expect(predictions.count == 61 && predictions[60].text == "<b>fine</b>")
        let page = try String(contentsOfFile: files.path("report.html"), encoding: .utf8)
        #expect(!page.contains("<b>fine") && !page.contains("src=") && page.contains("</html>"))

        let table = try Program.run(model + ["--test", test, "--min-f1", "0.999"])
        #expect(table.exitCode == 65 && table.output.contains("weighted") && table.complaint.contains("below"))
        let unknown = try Program.run(model + ["--test", try files.file("u.csv", "text,label\na,positive\nb,angry\n")])
        #expect(
            unknown.exitCode == 65 && unknown.complaint.contains("u.csv, line 3") && unknown.complaint.contains("angry")
        )
    }

    private struct Comparison: Decodable {
        struct Counts: Decodable {
            let texts: Int
            let agreeing: Int
            let only_first_right: Int
            let only_second_right: Int
            let mcnemar_p: Double
        }

        struct Interval: Decodable {
            let difference: Double
            let low: Double
            let high: Double
        }

        struct Differences: Decodable {
            let weighted_f1: Interval
            let macro_recall: Interval
        }

        struct Whole: Decodable {
            struct Model: Decodable {
                let name: String
            }

            let model: Model
            let all: Counts
            let mean: Differences
        }

        struct File: Decodable {
            let file: String
            let weighted: Figures.Quality
        }

        let mean: [String: Double]
        let files: [File]
        let comparison: Whole
    }

    @Test("evaluate lays files side by side with their mean, and says where another model differs")
    func compare() throws {
        let (test, more) = (
            try files.labelled(), try files.file("more.csv", "text,label\nfine,positive\nbad,negative\n")
        )
        let command = [
            "evaluate", "--model", Program.model("bert-classifier"), "--test", test, "--test", more, "--compare",
            Program.model("mpnet-classifier"),
        ]
        let outcome = try Program.run(command + ["--json", "--report", files.path("report.html")])
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        let found = try JSONDecoder().decode(Comparison.self, from: Data(outcome.output.utf8))
        let mean = found.files.reduce(0) { $0 + $1.weighted.f1 } / 2
        #expect(abs((found.mean["weighted_f1"] ?? 0) - mean) < 1e-12)
        #expect(Set(found.mean.keys) == ["accuracy", "weighted_f1", "macro_f1", "macro_recall", "ece"])
        let (counts, interval) = (found.comparison.all, found.comparison.mean.weighted_f1)
        #expect(found.comparison.model.name == "mpnet-classifier" && counts.texts == 62)
        #expect(
            interval.low <= interval.difference && interval.difference <= interval.high && interval.low < interval.high
        )
        #expect((0...1).contains(counts.mcnemar_p))
        let page = try String(contentsOfFile: files.path("report.html"), encoding: .utf8)
        #expect(page.contains("All files") && page.contains("Compared with mpnet-classifier"))
        let table = try Program.run(command)
        let lines = table.lines
        #expect(
            lines.count { $0.hasPrefix("mean ") } == 3 && lines.contains { $0.hasPrefix("all texts") },
            "\(table.output)"
        )
        #expect(table.output.contains("macro recall") && table.output.contains("only A right"))
        #expect(try Program.run(command).output.contains(lines.last { $0.hasPrefix("mean ") } ?? "none"))
        let bare = try Program.run(["evaluate", "--compare", Program.model("mpnet-classifier")])
        #expect(bare.exitCode == 64 && bare.complaint.contains("--test"))
        let other = try Program.run(command.dropLast() + [Program.model("bert-masked-lm")])
        #expect(other.exitCode == 65, "\(other.complaint)")
    }

    @Test("evaluate --cases tells the failures of each kind of behaviour, and a bad line by its number")
    func cases() throws {
        let cases = try files.file(
            "cases.jsonl",
            """
            {"kind":"praise","text":"great work","label":"positive"}
            {"kind":"praise","text":"great work","label":"negative"}
            {"kind":"praise","text":"great work","label":"neutral"}

            {"kind":"names","group":"n1","text":"great work"}
            {"kind":"names","group":"n1","text":"great work"}

            """
        )
        let command = ["evaluate", "--model", Program.model("bert-classifier"), "--cases"]
        let table = try Program.run(command + [cases])
        #expect(table.exitCode == 0, "\(table.complaint)")
        // Of labels that contradict each other, one is right.
        #expect(table.lines.contains { $0.hasPrefix("all ") && $0.contains("0.3333") && $0.hasSuffix("1.0000") })
        #expect(table.output.contains("praise:") && table.output.contains("line "))
        let none = try Program.run(command + [cases, "--failures", "0"])
        #expect(!none.output.contains("praise:"))
        let json = try Program.run(command + [cases, "--json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        )
        let found = try #require(object["cases"] as? [String: Any])
        #expect((found["kinds"] as? [[String: Any]])?.map { $0["kind"] as? String } == ["praise", "names"])
        #expect((found["groups"] as? [String: Any])?["share"] as? Double == 1)
        let bad = try Program.run(
            command + [try files.file("bad.jsonl", "{\"kind\":\"a\",\"text\":\"b\",\"label\":\"positive\"}\n{}\n")]
        )
        #expect(bad.exitCode == 65 && bad.complaint.contains("bad.jsonl, line 2"), "\(bad.complaint)")
        #expect(try Program.run(["evaluate"]).exitCode == 64)
        let both = try Program.run(command + [cases, "--test", try files.labelled()])
        #expect(both.exitCode == 0 && both.output.contains("weighted") && both.output.contains("praise"))
    }
}
