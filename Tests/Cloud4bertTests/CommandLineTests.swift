// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct CommandLineTests {
    @Test(
        "A wrong command line exits with 64 and says what is wrong",
        arguments: [
            ([], "command is missing"), (["tag"], "'tag'"), (["version", "--colour"], "--colour"),
            (["classify", "--top-k"], "--top-k"), (["classify", "--top-k", "many", "x"], "many"),
            (["classify", "--jsonl", "x"], "--jsonl"), (["cluster", "--topics", "a b:1"], "--topics"),
            (["replay", "--form-file", "x"], "did you mean --from-file?"),
            (["classify", "--topk", "1", "x"], "did you mean --top-k?"),
            (["version", "--halp"], "did you mean --help?"),
            (["repaly"], "did you mean replay?"), (["help", "chekc"], "did you mean check?"),
            (["bench", "nothing"], "encode"), (["features", "--pool", "max", "x", "--model", "m"], "max"),
        ]
    )
    func usage(arguments: [String], word: String) throws {
        // Options are looked at after the model is loaded where they depend on it.
        let model = arguments.first == "classify" || arguments.first == "features"
        let extra = model && !arguments.contains("--model") ? ["--model=" + Program.model("bert-classifier")] : []
        var all = arguments.isEmpty ? [] : [arguments[0]] + extra + arguments.dropFirst()
        if let index = all.firstIndex(of: "m") { all[index] = Program.model("bert-classifier") }
        let outcome = try Program.run(all)
        #expect(outcome.exitCode == 64 && outcome.complaint.contains(word) && outcome.output.isEmpty)
    }

    @Test("check loads the model on trial, and tells of one that cannot be, without a broker")
    func shadow() throws {
        let check = [
            "check", "--bootstrap.servers", "127.0.0.1:1", "--input.topics", "in", "--output.topic", "out",
        ]
        let builtIn = try Program.run(check + ["--model.shadow.path", "fast"])
        #expect(builtIn.exitCode == 0, "\(builtIn.complaint)")
        let settings = check + ["--model.path", Program.model("bert-classifier"), "--model.shadow.path"]
        #expect(try Program.run(settings + [Program.model("distilbert-classifier")]).exitCode == 0)
        let wrong = try Program.run(settings + [Program.model("bert-masked-lm")])
        #expect(wrong.exitCode == 78 && wrong.complaint.contains("model.shadow.path"))
    }

    @Test("Help and version go to standard output")
    func help() throws {
        let overview = try Program.run(["help"])
        #expect(overview.exitCode == 0 && overview.output.contains("fill-mask"))
        #expect(try Program.run(["--help"]).output == overview.output)
        #expect(try Program.run(["classify", "--help"]).output.contains("--top-k"))
        #expect(try Program.run(["help", "audit"]).output.contains("output.routes"))
        #expect(try Program.run(["help", "settings"]).output.contains("--batch.max.tokens"))
        #expect(try Program.run(["version"]).output.hasPrefix("cloud4bert "))
    }

    @Test(
        "Completions are scripts that a shell takes, with every command, option and setting",
        arguments: ["bash", "zsh", "fish"]
    )
    func completions(shell: String) throws {
        let outcome = try Program.run(["completions", shell])
        #expect(outcome.exitCode == 0)
        for word in ["fill-mask", "to-stdout", "batch.max.tokens", "console.show.text", "exactly_once"] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let wrong = try Program.run(["completions", "tcsh"])
        #expect(wrong.exitCode == 64 && wrong.complaint.contains("'tcsh'"))
        guard shell == "bash" else { return }
        func completed(_ words: [String]) throws -> [String] {
            let call = "COMP_WORDS=(\(words.joined(separator: " "))); COMP_CWORD=\(words.count - 1); _cloud4bert"
            let script = outcome.output + "\n" + call + "\nprintf '%s\\n' \"${COMPREPLY[@]}\""
            return try Program.run(["-c", script], executable: "/bin/bash").lines
        }
        #expect(try completed(["cloud4bert", "repl"]) == ["replay"])
        #expect(try completed(["cloud4bert", "replay", "--to-f"]) == ["--to-file"])
        #expect(try completed(["cloud4bert", "worker", "--batch.max.to"]) == ["--batch.max.tokens"])
        #expect(try completed(["cloud4bert", "worker", "--log.format", "j"]) == ["json"])
    }

    @Test("The manual page has every command and setting, and nothing that is a request by accident")
    func manual() throws {
        let page = try Program.run(["man"])
        #expect(page.exitCode == 0 && page.output.hasPrefix(".TH CLOUD4BERT 1 "))
        for word in [#"fill\-mask"#, "batch.max.tokens", #"\-\-to\-stdout"#, "SIGUSR1", "Exit codes: 0 done"] {
            #expect(page.output.contains(word), "\(word)")
        }
        let requests = Set(page.lines.filter { $0.hasPrefix(".") }.compactMap { $0.split(separator: " ").first })
        #expect(requests.isSubset(of: [".TH", ".SH", ".SS", ".TP", ".B", ".RS", ".RE"]))
        #expect(page.lines.allSatisfy { !$0.hasPrefix("'") })
    }

    @Test(
        "Behind --, in the place of a value and of a text, nothing is an option",
        arguments: [
            (["--", "--help"], 1), (["great", "-h"], 2), (["-h", "great"], 2), (["--", "-h"], 1), (["-"], 1),
            ([""], 1), (["--", "--", "x"], 2),
        ]
    )
    func words(words: [String], texts: Int) throws {
        let outcome = try Program.run(["classify", "--model", Program.model("bert-classifier")] + words)
        #expect(outcome.exitCode == 0 && outcome.lines.count == texts, "\(outcome)")
        #expect(outcome.lines.allSatisfy { $0.hasPrefix("[{") })
    }

    @Test("Help is given where it is asked for, and not where a value says the word")
    func helpWords() throws {
        for words in [["-h"], ["classify", "-h"], ["classify", "x", "--help"], ["evaluate", "--test", "x", "-h"]] {
            let outcome = try Program.run(words)
            #expect(outcome.exitCode == 0 && outcome.output.contains("Usage: cloud4bert"), "\(words)")
        }
        for value in ["--help", "-h"] {
            let outcome = try Program.run(["evaluate", "--test", value, "--model", Program.model("bert-classifier")])
            #expect(outcome.exitCode == 66 && outcome.complaint.contains(value), "\(outcome)")
        }
    }

    @Test(
        "An option without a name, and one whose value is empty, are wrong",
        arguments: [["--=x"], ["--top-k="], ["--top-k", ""], ["--config="], ["--config", ""]]
    )
    func emptyWords(words: [String]) throws {
        let outcome = try Program.run(["classify"] + words + ["x"])
        #expect(outcome.exitCode == 64 && outcome.output.isEmpty, "\(outcome)")
    }

    @Test("Variables of a service called cloud4bert stop no command")
    func serviceLinks() throws {
        let outcome = try Program.run(
            ["classify", "--model", Program.model("bert-classifier"), "x"],
            environment: ["CLOUD4BERT_PORT": "tcp://10.0.0.7:9464", "CLOUD4BERT_SERVICE_HOST": "10.0.0.7"]
        )
        #expect(outcome.exitCode == 0, "\(outcome)")
    }

    @Test("check lists all problems at once and exits with 78")
    func check() throws {
        let outcome = try Program.run(["check", "--batch.max.token", "7", "--log.level", "loud"])
        #expect(outcome.exitCode == 78)
        #expect(outcome.complaint.contains("did you mean batch.max.tokens") && outcome.complaint.contains("loud"))
        let incomplete = try Program.run(["check"])
        #expect(incomplete.exitCode == 78 && incomplete.complaint.contains("output.topic"))
    }

    @Test("A worker whose model has no classifier ends with 65 before it looks for a broker, and check lists that")
    func noClassifier() throws {
        let settings = ["--bootstrap.servers=127.0.0.1:1", "--input.topics=in", "--output.topic=out"]
        let model = ["--model=" + Program.model("bert-masked-lm")]
        for (command, code) in [(["worker"], 65), (["check", "--connect"], 78), (["check"], 78)] as [([String], Int32)]
        {
            let outcome = try Program.run(command + settings + model)
            #expect(outcome.exitCode == code && outcome.complaint.contains("classifier.weight"), "\(outcome.complaint)")
        }
    }

    @Test("check lists what is wrong in the models' directories among all problems")
    func models() throws {
        let settings = ["check", "--bootstrap.servers=b:1", "--input.topics=in"]
        let missing = try Program.run(
            settings + ["--model=/nowhere", "--model.shadow.path=/else", "--batch.max.texts=0"]
        )
        #expect(missing.exitCode == 78 && missing.output.isEmpty)
        for problem in ["model.path: /nowhere", "model.shadow.path: /else", "batch.max.texts", "output.topic"] {
            #expect(missing.complaint.contains(problem), "\(missing)")
        }
        let others = ["--output.topic=out", "--decision.hold=negatve:0.9", "--windows.stride=9999"]
        let unsuited = try Program.run(settings + others + ["--model=" + Program.model("bert-classifier")])
        #expect(unsuited.exitCode == 78 && unsuited.complaint.contains("no label 'negatve'"), "\(unsuited)")
        #expect(unsuited.complaint.contains("windows.stride: 9999"), "\(unsuited)")
    }

    @Test("check shows settings with their sources, and no secrets")
    func summary() throws {
        let outcome = try Program.run(
            [
                "check", "--bootstrap.servers", "b:1", "--input.topics", "in", "--output.topic", "out",
            ],
            environment: ["CLOUD4BERT_BATCH_MAX_TOKENS": "512", "CLOUD4BERT_KAFKA_SASL_PASSWORD": "hunter2"]
        )
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.contains("batch.max.tokens = 512  (CLOUD4BERT_BATCH_MAX_TOKENS)"))
        #expect(outcome.output.contains("kafka.sasl.password = ***") && !outcome.output.contains("hunter2"))
    }

    @Test("check shows which topics input.topics leaves out, and refuses what would be read for ever")
    func leftOut() throws {
        let flags = ["--bootstrap.servers", "b:1", "--output.topic", "c.out", "--dead.letter.topic", "c.dead"]
        let shown = try Program.run(["check", "--input.topics", "^c.*"] + flags)
        #expect(shown.exitCode == 0)
        #expect(shown.lines.last == "input.topics leaves out what the worker writes to: c.out, c.dead")
        for inputs in ["c.out", "a,c.dead", "__consumer_offsets", "^c["] {
            let refused = try Program.run(["check", "--input.topics", inputs] + flags)
            #expect(refused.exitCode == 78 && refused.output.isEmpty)
        }
    }

    @Test("config/worker.properties is what the program writes")
    func template() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try String(contentsOf: root.appending(path: "config/worker.properties"), encoding: .utf8)
        #expect(try Program.run(["check", "--template"]).output == file)
    }
}
