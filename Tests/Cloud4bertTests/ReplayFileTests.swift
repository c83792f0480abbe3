// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `replay --from-file`, run as a user runs it.
@Suite struct ReplayFileTests {
    private static let model = ["--model.path", Program.model("bert-classifier")]
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-test-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    private func write(_ name: String, _ lines: [String]) throws -> String {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path(name)))
        return path(name)
    }

    private func size(of name: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path(name))[.size] as? Int ?? 0
    }

    private func arguments(_ file: String, _ options: [String]) -> [String] {
        ["replay", "--from-file", file] + Self.model + options
    }

    private func objects(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try outcome.lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    private let texts = ["This is good", "That is bad, \"really\"", "It is"]

    @Test("JSON lines, CSV and plain text give the same results, from files, pipes and standard input")
    func formats() throws {
        let json = texts.map { String(decoding: (try? JSONEncoder().encode(["text": $0])) ?? Data(), as: UTF8.self) }
        let rows = ["id,text"] + texts.map { #"7,"\#($0.replacingOccurrences(of: "\"", with: "\"\""))""# }
        let plain = try Program.run(arguments(write("a.txt", texts), []))
        #expect(plain.exitCode == 0 && plain.complaint.contains("done: 3 records of 3 of 3 lines"), "\(plain)")
        let expected = try objects(plain)
        for (index, object) in expected.enumerated() {
            #expect((object["id"] as? String)?.hasPrefix("\(path("a.txt")):\(index + 1)@") == true)
            #expect(object["text"] as? String == texts[index])
            let source = try #require(object["source"] as? [String: Any])
            #expect(source["line"] as? Int == index + 1 && source["file"] as? String == path("a.txt"))
        }
        let others = [
            try Program.run(arguments(write("b.jsonl", json), [])),
            try Program.run(arguments(write("c.csv", rows), [])),
            try Program.run(arguments("/dev/stdin", []), input: texts.joined(separator: "\n")),
            try Program.run(arguments("-", ["--to-file", "-"]), input: texts.joined(separator: "\n")),
            try Program.run(arguments("/dev/stdin", []), input: rows.joined(separator: "\r\n")),
        ]
        for outcome in others {
            let labels = try objects(outcome).map { "\($0["label"] ?? "") \($0["score"] ?? "") \($0["text"] ?? "")" }
            #expect(labels == expected.map { "\($0["label"] ?? "") \($0["score"] ?? "") \($0["text"] ?? "")" })
        }
        #expect(others[2].complaint.contains("done: 3 records\n"))
    }

    @Test("Other classifiers' results come with them, and are decided on again without a model")
    func moreClassifiers() throws {
        let more = [
            "--model.more", "mood:\(Program.model("electra-classifier")),style:\(Program.model("roberta-classifier"))",
        ]
        let file = try write("a.txt", texts)
        let tagged = try Program.run(
            arguments(file, more + ["--decision.hold", "mood.*:0", "--to-file", path("o.jsonl")])
        )
        #expect(tagged.exitCode == 0, "\(tagged)")
        let lines = try String(contentsOfFile: path("o.jsonl"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == texts.count)
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let others = try #require(object["more"] as? [String: [String: Any]])
            #expect(Set(others.keys) == ["mood", "style"] && object["decision"] as? String == "hold")
            #expect(others.values.allSatisfy { $0["label"] is String && $0["score"] is Double })
        }
        let whatIf = ["--what-if", "decision.hold=style.*:1"]
        let decided = try Program.run(["replay", "--from-file", path("o.jsonl")] + more + whatIf)
        #expect(decided.lines.first == "3 of 3 records would be decided otherwise (100.0 %)", "\(decided)")
        let misspelt = try Program.run(arguments(file, more + ["--decision.hold", "mood.negativ:0.5"]))
        #expect(misspelt.exitCode == 78 && misspelt.complaint.contains("did you mean 'mood.negative'?"), "\(misspelt)")
        let missing = try Program.run(arguments(file, ["--model.more", "mood:/no/such/model"]))
        #expect(missing.exitCode == 66 && missing.complaint.contains("model.more names it, as 'mood'"), "\(missing)")
    }

    @Test("A pipe's lines are tagged as they come, and SIGTERM ends the wait for more")
    func pipe() throws {
        #expect(mkfifo(path("pipe"), 0o600) == 0)
        let (process, output, _) = try Program.start(arguments(path("pipe"), ["--to-file", path("out.jsonl")]))
        _ = output
        let writer = open(path("pipe"), O_WRONLY)
        defer { close(writer) }
        #expect(Glibc.write(writer, "one\n", 4) == 4)
        let deadline = ContinuousClock.now + Program.patience
        // Not read before there is something: Foundation leaks what it reads an empty file into.
        while process.isRunning, (try? size(of: "out.jsonl")) ?? 0 == 0 {
            try #require(ContinuousClock.now < deadline)
            usleep(1_000)
        }
        Program.end(process)
        #expect(process.terminationStatus == 128 + SIGTERM)
    }

    @Test("Killed and begun again, it leaves the bytes of an unbroken run; a broken line has its place in them")
    func resumed() throws {
        let lines = (0..<600).map { $0 % 50 == 7 ? "{" : #"{"text":"This is no. \#($0)"}"# }
        let file = try write("in.jsonl", lines)
        let whole = try Program.run(arguments(file, ["--to-file", path("whole.jsonl")]))
        #expect(whole.exitCode == 0)
        let options = ["--to-file", path("broken.jsonl"), "--resume", path("progress")]
        let (process, _, _) = try Program.start(arguments(file, options + ["--rate", "200"]))
        let deadline = ContinuousClock.now + Program.patience
        while process.isRunning, !FileManager.default.fileExists(atPath: path("progress")) {
            try #require(ContinuousClock.now < deadline)
            usleep(1_000)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let rest = try Program.run(arguments(file, options))
        #expect(rest.exitCode == 0 && rest.complaint.contains("600 records of 600 of 600 lines"), "\(rest)")
        let (one, other) = (try Data(contentsOf: URL(filePath: path("broken.jsonl"))), path("whole.jsonl"))
        #expect(try one == Data(contentsOf: URL(filePath: other)))
        #expect(String(decoding: one, as: UTF8.self).contains(#"{"id":"\#(file):8","error":{"reason":"bad_json""#))
        let done = try Program.run(arguments(file, options))
        #expect(done.exitCode == 0 && done.complaint.contains("done before"))
        let elsewhere = try Program.run(arguments(write("else.jsonl", lines), options))
        #expect(
            elsewhere.exitCode == 65 && elsewhere.complaint.contains("begun with from-file \(file)"),
            "\(elsewhere)"
        )
        _ = try write("in.jsonl", Array(lines.prefix(9)))
        let lost = try Program.run(arguments(file, options))
        #expect(lost.exitCode == 65 && lost.complaint.contains("fewer lines"), "\(lost)")
    }

    @Test("A row that cannot be read has its line with the reason, and the run goes on")
    func brokenRow() throws {
        let file = try write("rows.csv", ["text,id", "good,1", "bad", "\"worse\" still,3", "good,4"])
        let outcome = try Program.run(arguments(file, []))
        #expect(outcome.exitCode == 0 && outcome.complaint.contains("done: 4 records of 5 of 5 lines"), "\(outcome)")
        let found = try objects(outcome).map { object in
            let error = object["error"] as? [String: String]
            return error.map { "\($0["reason"] ?? ""): \($0["message"] ?? "")" } ?? object["text"] as? String ?? ""
        }
        #expect(
            found == [
                "good", "bad_csv: the row has 1 fields, and the header 2",
                "bad_csv: line 4: there is text after a closing quote", "good",
            ]
        )
        let rows = try Program.run(arguments(file, ["--to-file", path("out.csv")]))
        #expect(rows.exitCode == 0)
        let lines = try String(contentsOfFile: path("out.csv"), encoding: .utf8).split(separator: "\r\n")
        #expect(lines.count == 5 && lines[2] == "\(file):3,,,,,,bad_csv", "\(lines)")
    }

    @Test("Places of words and windows are in the text that was cleaned and joined, which the result has")
    func places() throws {
        let record = #"{"a":"<p>&eacute; good &amp; <b>very</b> bad</p>","b":"<p>It is</p><p>really  good</p>"}"#
        let options = [
            "--input.text", "/a,/b", "--text.clean", "html", "--explain", "all", "--text.max.tokens", "6",
            "--text.truncation", "windows",
        ]
        let outcome = try Program.run(arguments(write("p.jsonl", [record]), options))
        let object = try #require(objects(outcome).first, "\(outcome)")
        let text = try #require(object["text"] as? String)
        #expect(text == "é good & very bad\nIt is\nreally good")
        func part(_ place: [String: Any]) -> String {
            let (start, end) = (place["start"] as? Int ?? 0, place["end"] as? Int ?? 0)
            return String(String.UnicodeScalarView(Array(text.unicodeScalars)[start..<end]))
        }
        let words = try #require(object["words"] as? [[String: Any]])
        #expect(!words.isEmpty && words.allSatisfy { part($0) == $0["word"] as? String }, "\(words)")
        let windows = try #require(object["windows"] as? [[String: Any]])
        #expect(
            windows.count > 1 && part(windows[0]).hasPrefix("é good")
                && part(windows[windows.count - 1]).hasSuffix("good")
        )
    }

    @Test("What is wrong is said by name, and nothing is written")
    func refused() throws {
        let file = try write("in.txt", texts)
        for (file, options, code, message) in [
            (file, ["--topic", "t"], 64, "--topic is about a topic"), (file, ["--from", "1"], 64, "--from is about"),
            (file, ["--keys", file], 64, "--keys is about a topic"), (file, ["--output.mode", "merge"], 65, "in.txt"),
            (path("none"), [], 66, "none"),
            (try write("b.csv", ["id", "1"]), [], 65, "b.csv: line 1: names no column"),
            ("-", ["--resume", path("p")], 64, "--resume"),
            (try write("a.json", ["[{\"text\":\"a\"}]"]), [], 65, "a.json: is JSON without an object a line; jq"),
            (try write("b.txt", ["text\0"]), [], 65, "b.txt: holds NUL bytes"),
            (file, ["--explain", "decided"], 78, "explain: 'decided' needs thresholds"),
            (file, ["--decision.hold", "negative@a:0.5"], 78, "decision.by does not say"),
        ] as [(String, [String], Int32, String)] {
            let outcome = try Program.run(arguments(file, options + ["--to-file", path("out")]))
            #expect(outcome.exitCode == code && outcome.complaint.contains(message), "\(options): \(outcome)")
            #expect(!FileManager.default.fileExists(atPath: path("out")))
        }
    }

    @Test("A file that is read, or another that is written, is not written over, by whichever path it is named")
    func sameFile() throws {
        let file = try write("in.csv", ["text"] + texts.dropLast())
        let kept = try Data(contentsOf: URL(filePath: file))
        let (link, other) = (path("link.csv"), path("other.jsonl"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        let trials = [
            ["--to-file", file], ["--to-file", link], ["--to-file", path("./in.csv")], ["--resume", file],
            ["--to-file", other, "--resume", other], ["--compare", Self.model[1], "--report", file],
        ]
        for options in trials {
            let outcome = try Program.run(arguments(file, options))
            #expect(outcome.exitCode == 64 && outcome.complaint.contains("is the file of --"), "\(options) \(outcome)")
        }
        #expect(try Data(contentsOf: URL(filePath: file)) == kept)
        #expect(!FileManager.default.fileExists(atPath: other))
    }

    @Test("A replay that is gone on with is asked for the same as when it was begun")
    func otherOptions() throws {
        let (file, progress) = (try write("in.txt", texts), path("progress"))
        let first = ["--resume", progress, "--to-file", path("a.jsonl")]
        #expect(try Program.run(arguments(file, first)).exitCode == 0)
        #expect(try Program.run(arguments(file, first)).complaint.contains("done before"))
        for options in [["--to-file", path("b.jsonl")], ["--sample", "0.5"]] {
            let outcome = try Program.run(arguments(file, ["--resume", progress] + options))
            #expect(outcome.exitCode != 0 && outcome.complaint.contains("the replay was begun with"), "\(outcome)")
        }
        #expect(!FileManager.default.fileExists(atPath: path("b.jsonl")))
    }

    @Test("A what-if over what holds no result, and one that a page is wanted of, are errors")
    func nothingDecided() throws {
        let file = try write("results.csv", ["id,label", "a-0-1,negative"])
        let whatIf = ["--what-if", "decision.hold=negative:0.5"]
        let outcome = try Program.run(["replay", "--from-file", file] + whatIf)
        #expect(outcome.exitCode == 65 && outcome.complaint.contains("holds a result with scores"), "\(outcome)")
        let page = try Program.run(["replay", "--from-file", file, "--report", path("p.html")] + whatIf)
        #expect(page.exitCode == 64 && page.complaint.contains("--report goes with --compare"))
    }

    @Test("Settings that can be read once, as from a pipe, are enough for what-ifs and comparisons")
    func settingsOfPipe() throws {
        let file = try write("in.txt", texts)
        let results = path("results.jsonl")
        #expect(try Program.run(arguments(file, ["--to-file", results])).exitCode == 0)
        let properties = "decision.flag = negative:0.5\nmodel.path = \(Self.model[1])\n"
        for (options, words) in [
            (["--from-file", results, "--what-if", "decision.hold=negative:0.01"], "3 records"),
            (["--from-file", file, "--compare", Self.model[1]], "3 of 3 records get the same label"),
        ] {
            let outcome = try Program.run(["replay", "--config", "/dev/stdin"] + options, input: properties)
            #expect(outcome.exitCode == 0 && outcome.output.contains(words), "\(outcome)")
        }
    }
}
