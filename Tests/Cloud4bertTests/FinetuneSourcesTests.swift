// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What `finetune` learns from, and is judged on: several files, changed texts, teachers.
@Suite struct FinetuneSourcesTests {
    private struct Score: Decodable {
        let label: String
        let score: Double
    }

    private let files: TrainingFiles

    init() throws { files = try TrainingFiles() }

    @Test("finetune sees a file's texts as often as is said behind a star, unless the star is in the file's own name")
    func sources() throws {
        func finetune(_ train: [String], _ out: String) throws -> Program.Outcome {
            try Program.run(
                [
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--validation", try files.labelled(),
                    "--epochs", "0.01", "--out", files.path(out),
                ] + train.flatMap { ["--train", $0] }
            )
        }
        let more = try files.file("more.csv", "text,label\nfine,positive\nbad,negative\nso,neutral\nwell,neutral\n")
        let odd = try files.file("odd*3", #"{"text":"odd","label":"neutral"}"# + "\n")
        let outcome = try finetune(["\(more)*2.5", more, "\(more)*0.5", odd], "sources")
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        #expect(outcome.complaint.contains("13 texts to train on") && outcome.complaint.contains("17 texts an epoch"))
        for bad in ["\(more)*0", "\(more)*-1", "\(more)*", "\(more)*inf", "\(more)*1e2", "\(more)*2000", "*3"] {
            let outcome = try finetune([bad], "bad")
            #expect(outcome.exitCode == 64 && outcome.complaint.contains("--train takes FILE or FILE*N"), "\(bad)")
        }
        let missing = try finetune(["\(files.path("none.csv"))*2"], "missing")
        #expect(missing.exitCode == 66 && missing.complaint.contains("none.csv:"), "\(missing.complaint)")
    }

    @Test("finetune --sample trains on a share of each file's texts, the same ones each time, and evaluates on all")
    func sample() throws {
        let lines = (0..<300).map { "text no. \($0),\(["negative", "neutral", "positive"][$0 % 3])" }
        let train = try files.file("numbers.csv", "text,label\n" + lines.joined(separator: "\n") + "\n")
        func counts(_ out: String, _ more: [String]) throws -> [Int] {
            let outcome = try Program.run(
                [
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", train, "--validation",
                    "0.2",
                    "--epochs", "0.01", "--out", files.path(out),
                ] + more
            )
            #expect(outcome.exitCode == 0, "\(outcome.complaint)")
            return outcome.complaint.split(separator: "\n").filter { $0.contains(" texts to ") }
                .compactMap { Int($0.prefix { $0.isNumber }) }
        }
        let all = try counts("all", [])
        try #require(all.count == 2 && all[0] + all[1] == 300)
        let some = try counts("some", ["--sample", "0.3"])
        #expect(some[1] == all[1] && (all[0] / 5...all[0] * 2 / 5).contains(some[0]))
        #expect(try counts("again", ["--sample", "0.3", "--seed", "5"]) == some)
    }

    @Test("finetune --adjust-logits learns from a text's labels alone, not from how many of each its file has")
    func adjustsLogits() throws {
        // All of one text: a file that is nine parts positive says nothing else of it.
        let lines = (0..<20).map { "so so,\($0 < 18 ? "positive" : "negative")" }
        let skewed = try files.file("skewed.csv", "text,label\n" + lines.joined(separator: "\n") + "\n")
        func positive(_ out: String, _ more: [String]) throws -> Double {
            let outcome = try Program.run(
                [
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", "\(skewed)*100",
                    "--validation", try files.labelled(), "--epochs", "1", "--learning-rate", "0.005",
                    "--no-calibration", "--out", files.path(out),
                ] + more
            )
            try #require(outcome.exitCode == 0, "\(outcome.complaint)")
            let scores = try Program.run(["classify", "--model.path", files.path(out), "--top-k", "0", "so so"])
            let labels = try JSONDecoder().decode([Score].self, from: Data(scores.output.utf8))
            return try #require(labels.first { $0.label == "positive" }).score
        }
        #expect(try positive("plain", []) > 0.8)
        #expect((0.4...0.65).contains(try positive("adjusted", ["--adjust-logits", skewed])))
        #expect((0.4...0.65).contains(try positive("all", ["--adjust-logits", "all"])))
        let bad = try Program.run([
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", skewed, "--adjust-logits",
            "more.csv",
            "--out", files.path("bad"),
        ])
        #expect(bad.exitCode == 64 && bad.complaint.contains("--adjust-logits more.csv: is not a file of --train"))
    }

    @Test(
        "finetune --exit-layer teaches a second classifier, at which texts leave; 0 takes it away, and so does distil"
    )
    func exitLayer() throws {
        func run(_ command: [String], _ out: String) throws -> [String: Any] {
            let outcome = try Program.run(command + ["--out", files.path(out)])
            try #require(outcome.exitCode == 0, "\(outcome.complaint)")
            let config = try Data(contentsOf: URL(filePath: files.path(out) + "/config.json"))
            return try #require(try JSONSerialization.jsonObject(with: config) as? [String: Any])
        }
        let train = try files.labelled()
        func finetune(_ model: String, _ out: String, _ more: [String]) throws -> [String: Any] {
            try run(
                [
                    "finetune", "--model", model, "--train", "\(train)*20", "--validation", "0.2", "--epochs", "1",
                    "--learning-rate", "0.003",
                ] + more,
                out
            )
        }
        let start = Program.model("distilbert-masked-lm")
        let exiting = try finetune(start, "exiting", ["--exit-layer", "1"])
        #expect(exiting["early_exit_layer"] as? Int == 1)
        let confidence = try #require(exiting["early_exit_confidence"] as? Double)
        #expect(confidence > 0 && confidence <= 1)
        for rule in ["auto", "off", "0.1", "always"] {
            let score = try Program.run([
                "classify", "--model.path", files.path("exiting"), "--model.exit", rule, "great work 7",
            ])
            #expect(score.output.contains("positive"), "\(rule): \(score.output)\(score.complaint)")
        }
        #expect(try finetune(files.path("exiting"), "kept", [])["early_exit_layer"] as? Int == 1)
        #expect(try finetune(files.path("exiting"), "taken", ["--exit-layer", "0"])["early_exit_layer"] == nil)
        let distilled = try run(
            [
                "distil", "--model", files.path("kept"), "--corpus", train, "--epochs", "0.01",
                "--learning-rate", "0",
            ],
            "distilled"
        )
        #expect(distilled["early_exit_layer"] == nil)
        let bad = try Program.run([
            "finetune", "--model", start, "--train", train, "--validation", "0.2", "--exit-layer", "2", "--out",
            files.path("bad"),
        ])
        #expect(bad.exitCode == 65 && bad.complaint.contains("--exit-layer: 2 is not below 2"), "\(bad.complaint)")
    }

    @Test("finetune scores each source by itself, and goes by the mean of their macro F1")
    func validationBySource() throws {
        let more = try files.file("more.csv", "text,label\nfine,positive\nbad,negative\nso,neutral\nwell,neutral\n")
        let outcome = try Program.run([
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try files.labelled(),
            "--validation",
            more, "--validation", "0.2", "--epochs", "20", "--learning-rate", "1e-3", "--patience", "0", "--out",
            files.path("out"),
        ])
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        // The sources' lines stand before the one that says that the model was written.
        let all = outcome.complaint.split(separator: "\n").filter { $0.hasPrefix("evaluation ") }
        let best = try #require(all.lastIndex { $0.hasSuffix("best=true") })
        let lines = Array(all[...best].suffix(3))
        func value(_ name: String, _ line: Substring) throws -> Double {
            let field = try #require(line.split(separator: " ").first { $0.hasPrefix(name + "=") })
            return try #require(Double(field.dropFirst(name.count + 1)))
        }
        try #require(lines.count == 3 && Set(lines.map { $0.split(separator: " ")[1] }).count == 1)
        #expect(lines[0].contains(" source=more.csv ") && lines[1].contains(" source=part_of_train.csv "))
        for name in ["macro_f1", "weighted_f1", "macro_recall", "calibration_error", "calibration_error_before"] {
            let mean = (try value(name, lines[0]) + value(name, lines[1])) / 2
            #expect(abs(try value(name, lines[2]) - mean) < 1e-4)
        }
        #expect(try value("calibration_error", lines[2]) != value("calibration_error_before", lines[2]))
        let page = try String(contentsOfFile: files.path("out") + "/report.html", encoding: .utf8)
        #expect(page.contains("part of train.csv") && page.contains("Evaluations: macro recall"))
        // What is found is what `evaluate` finds of the model that was written.
        let found = try Program.run([
            "evaluate", "--model", files.path("out"), "--model.precision", "f32", "--test", more, "--json",
        ])
        let figures = try JSONDecoder().decode(Figures.self, from: Data(found.output.utf8))
        #expect(abs(figures.macro.f1 - (try value("macro_f1", lines[0]))) < 1e-4)
        #expect(abs(figures.ece - (try value("calibration_error", lines[0]))) < 1e-3)
    }

    @Test("finetune --augment changes what is learned, by the seed, and nothing where it is 0")
    func augment() throws {
        func weights(_ name: String, _ more: [String]) throws -> Data {
            let outcome = try Program.run(
                [
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try files.labelled(),
                    "--validation", "0.2", "--epochs", "1", "--out", files.path(name),
                ] + more
            )
            #expect(outcome.exitCode == 0, "\(outcome.complaint)")
            return try Data(contentsOf: URL(filePath: files.path(name) + "/model.safetensors"))
        }
        let plain = try weights("plain", [])
        #expect(try weights("none", ["--augment", "0"]) == plain)
        let changed = try weights("changed", ["--augment", "0.8"])
        #expect(try changed != plain && weights("again", ["--augment", "0.8"]) == changed)
    }

    @Test("Teachers label the texts once: from their file a run ends with the same bits, and without them")
    func teacherLogits() throws {
        let stream = try files.file("stream.txt", (0..<20).map { "the weather of page \($0)" }.joined(separator: "\n"))
        func finetune(_ out: String, _ more: [String]) throws -> Program.Outcome {
            try Program.run(
                [
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try files.labelled(),
                    "--unlabelled", stream, "--validation", "0.2", "--epochs", "1", "--out", files.path(out),
                ] + more
            )
        }
        func weights(_ name: String) throws -> Data {
            try Data(contentsOf: URL(filePath: files.path(name) + "/model.safetensors"))
        }
        let (first, second) = (files.path("first.logits"), files.path("second.logits"))
        let teacher = ["--teacher", Program.model("bert-classifier")]
        let other = ["--teacher", Program.model("mpnet-classifier")]
        let asked = try finetune("asked", teacher + ["--teacher-logits", first])
        #expect(asked.exitCode == 0 && asked.complaint.contains("texts labelled"), "\(asked.complaint)")
        let read = try finetune("read", ["--teacher-logits", first])
        #expect(read.exitCode == 0 && !read.complaint.contains("labelled"), "\(read.complaint)")
        #expect(try finetune("without", teacher).exitCode == 0)
        #expect(try weights("read") == weights("asked") && weights("without") == weights("asked"))

        // Teachers of any vocabulary, averaged by file.
        #expect(try finetune("other", other + ["--teacher-logits", second]).exitCode == 0)
        let mean = try finetune("mean", ["--teacher-logits", first, "--teacher-logits", second])
        #expect(mean.exitCode == 0, "\(mean.complaint)")
        #expect(try weights("mean") != weights("read") && weights("mean") != weights("other"))
        let (third, fourth) = (files.path("third.logits"), files.path("fourth.logits"))
        let each = try finetune("each", teacher + other + ["--teacher-logits", third, "--teacher-logits", fourth])
        #expect(each.exitCode == 0, "\(each.complaint)")
        #expect(try weights("each") == weights("mean"))
        #expect(try Data(contentsOf: URL(filePath: fourth)) == Data(contentsOf: URL(filePath: second)))
        let bytes = try finetune("bytes", teacher + ["--teacher-precision", "int8"])
        #expect(bytes.exitCode == 0, "\(bytes.complaint)")
        #expect(try weights("bytes") != weights("read"))

        let more = ["--train", try files.file("more.csv", "text,label\nfine,positive\nbad,negative\nfine,positive\n")]
        let lacking = try finetune("lacking", more + ["--teacher-logits", first])
        #expect(lacking.exitCode == 65 && lacking.complaint.contains("no logits for 2 of "), "\(lacking.complaint)")
        // A teacher is asked about the texts that it knows; all together must know each.
        let part = try finetune("part", more + other + ["--teacher-logits", second])
        #expect(part.exitCode == 0, "\(part.complaint)")
        let between = try finetune("between", more + ["--teacher-logits", first, "--teacher-logits", second])
        #expect(between.exitCode == 0, "\(between.complaint)")
        #expect(try weights("between") != weights("part"))
        let own = ["--labels-only", files.path("more.csv")]
        let labelsOnly = try finetune("labels-only", more + own + ["--teacher-logits", first])
        #expect(labelsOnly.exitCode == 0, "\(labelsOnly.complaint)")
        let unknown = try finetune("unknown", own + ["--teacher-logits", first])
        #expect(unknown.exitCode == 64 && unknown.complaint.contains("more.csv: is not a file of --train"))
        let filled = try finetune("filled", more + teacher + ["--teacher-logits", first])
        #expect(filled.exitCode == 0 && filled.complaint.contains("2 of 2 texts labelled"), "\(filled.complaint)")
        #expect(try finetune("full", more + ["--teacher-logits", first]).exitCode == 0)
        #expect(try weights("labels-only") != weights("full"))

        for (index, (options, says)) in [
            (other + ["--teacher-logits", first], "first.logits: teachers:"),
            (teacher + ["--teacher-logits", first, "--teacher-logits", second], "2 are named for 1 teachers"),
            (["--teacher-logits", files.path("none.logits")], "none.logits: is not there"),
            (["--teacher-logits", Program.model("bert-classifier") + "/model.safetensors"], "have no labels"),
            ([], "unlabelled"),
        ].enumerated() {
            let refused = try finetune("refused-\(index)", options)
            #expect([65, 66].contains(refused.exitCode) && refused.complaint.contains(says), "\(refused.complaint)")
        }
    }
}
