// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import TestSupport
import Testing

@testable import Training

/// The commands that make models, on a small one.
@Suite struct TrainingCommandTests {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func file(_ name: String, _ content: String) throws -> String {
        let path = directory.appending(path: name)
        try Data(content.utf8).write(to: path)
        return path.path
    }

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    private func labelled() throws -> String {
        let rows = (0..<60).map { number in
            ["great work \(number),positive", "this is broken \(number),negative", "see page \(number),neutral"][
                number % 3
            ]
        }
        return try file("train.csv", "text,label\n" + rows.joined(separator: "\n") + "\n")
    }

    @Test("finetune makes a model that classify loads, and learns what is plain to see")
    func finetune() throws {
        let out = path("model")
        let outcome = try Program.run([
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try labelled(), "--validation",
            "0.2", "--epochs", "40", "--learning-rate", "2e-3", "--patience", "0", "--out", out, "--report-every", "20",
        ])
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        #expect(outcome.complaint.contains("tokens_per_second=") && outcome.complaint.contains("best=true"))
        let model = try Model(directory: out, kernels: .ofTests())
        #expect(model.architecture.labels == ["negative", "neutral", "positive"])
        #expect(!FileManager.default.fileExists(atPath: out + "/checkpoint.safetensors"))
        let answer = try Program.run(["classify", "--model", out, "great work 3", "this is broken 4"])
        #expect(answer.lines.count == 2)
        #expect(answer.output.contains(#""label":"positive""#) && answer.output.contains(#""label":"negative""#))
        let again = try Program.run([
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try labelled(), "--validation",
            "0.2", "--out", out,
        ])
        #expect(again.exitCode != 0 && again.complaint.contains("holds a model already"))
    }

    @Test("A directory whose files do not go together ends finetune with 65 and the key, before memory is taken for it")
    func brokenModel() throws {
        let changes = [
            ("config.json", #""vocab_size": 951"#, #""vocab_size": 900"#, "vocab_size"),
            ("config.json", #""dim": 32"#, #""dim": 8192"#, "shape"),
            ("config.json", #""hidden_dim": 128"#, #""hidden_dim": 65536"#, "shape"),
            ("config.json", #""dropout": 0.1"#, #""dropout": "much""#, "dropout"),
            (
                "config.json", #""max_position_embeddings": 64"#, #""max_position_embeddings": 2"#,
                "max_position_embeddings"
            ),
            (
                "tokenizer_config.json", #""model_max_length": 1000000000000000019884624838656"#,
                #""model_max_length": 2"#, "model_max_length is 2"
            ),
        ]
        for (index, (file, old, new, says)) in changes.enumerated() {
            let model = path("model-\(index)")
            try FileManager.default.copyItem(atPath: Program.model("distilbert-masked-lm"), toPath: model)
            let url = URL(filePath: "\(model)/\(file)")
            let text = try String(contentsOf: url, encoding: .utf8)
            try #require(text.contains(old), "\(old)")
            try Data(text.replacing(old, with: new).utf8).write(to: url)
            let outcome = try Program.run([
                "finetune", "--model", model, "--train", try labelled(), "--validation", "0.2", "--out", path("out"),
            ])
            #expect(outcome.exitCode == 65 && outcome.complaint.contains(says), "\(new): \(outcome.complaint)")
        }
    }

    @Test("finetune sees a file's texts as often as is said behind a star, unless the star is in the file's own name")
    func sources() throws {
        func finetune(_ train: [String], _ out: String) throws -> Program.Outcome {
            try Program.run(
                [
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--validation", try labelled(),
                    "--epochs", "0.01", "--out", path(out),
                ] + train.flatMap { ["--train", $0] }
            )
        }
        let more = try file("more.csv", "text,label\nfine,positive\nbad,negative\nso,neutral\nwell,neutral\n")
        let odd = try file("odd*3", #"{"text":"odd","label":"neutral"}"# + "\n")
        let outcome = try finetune(["\(more)*2.5", more, "\(more)*0.5", odd], "sources")
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        #expect(outcome.complaint.contains("13 texts to train on") && outcome.complaint.contains("17 texts an epoch"))
        for bad in ["\(more)*0", "\(more)*-1", "\(more)*", "\(more)*inf", "\(more)*1e2", "\(more)*2000", "*3"] {
            let outcome = try finetune([bad], "bad")
            #expect(outcome.exitCode == 64 && outcome.complaint.contains("--train takes FILE or FILE*N"), "\(bad)")
        }
        let missing = try finetune(["\(path("none.csv"))*2"], "missing")
        #expect(missing.exitCode == 66 && missing.complaint.contains("none.csv:"), "\(missing.complaint)")
    }

    @Test("finetune scores each source by itself, and goes by the mean of their macro F1")
    func validationBySource() throws {
        let more = try file("more.csv", "text,label\nfine,positive\nbad,negative\nso,neutral\nwell,neutral\n")
        let outcome = try Program.run([
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try labelled(), "--validation",
            more, "--validation", "0.2", "--epochs", "20", "--learning-rate", "1e-3", "--patience", "0", "--out",
            path("out"),
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
        let page = try String(contentsOfFile: path("out") + "/report.html", encoding: .utf8)
        #expect(page.contains("part of train.csv") && page.contains("Evaluations: macro recall"))
        // What is found is what `evaluate` finds of the model that was written.
        let found = try Program.run([
            "evaluate", "--model", path("out"), "--model.precision", "f32", "--test", more, "--json",
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
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try labelled(),
                    "--validation", "0.2", "--epochs", "1", "--out", path(name),
                ] + more
            )
            #expect(outcome.exitCode == 0, "\(outcome.complaint)")
            return try Data(contentsOf: URL(filePath: path(name) + "/model.safetensors"))
        }
        let plain = try weights("plain", [])
        #expect(try weights("none", ["--augment", "0"]) == plain)
        let changed = try weights("changed", ["--augment", "0.8"])
        #expect(try changed != plain && weights("again", ["--augment", "0.8"]) == changed)
    }

    @Test("Teachers label the texts once: from their file a run ends with the same bits, and without them")
    func teacherLogits() throws {
        let stream = try file("stream.txt", (0..<20).map { "the weather of page \($0)" }.joined(separator: "\n"))
        func finetune(_ out: String, _ more: [String]) throws -> Program.Outcome {
            try Program.run(
                [
                    "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try labelled(),
                    "--unlabelled", stream, "--validation", "0.2", "--epochs", "1", "--out", path(out),
                ] + more
            )
        }
        func weights(_ name: String) throws -> Data {
            try Data(contentsOf: URL(filePath: path(name) + "/model.safetensors"))
        }
        let (first, second) = (path("first.logits"), path("second.logits"))
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

        let more = ["--train", try file("more.csv", "text,label\nfine,positive\nbad,negative\nfine,positive\n")]
        let lacking = try finetune("lacking", more + ["--teacher-logits", first])
        #expect(lacking.exitCode == 65 && lacking.complaint.contains("no logits for 2 of "), "\(lacking.complaint)")
        let filled = try finetune("filled", more + teacher + ["--teacher-logits", first])
        #expect(filled.exitCode == 0 && filled.complaint.contains("2 of 2 texts labelled"), "\(filled.complaint)")
        #expect(try finetune("full", more + ["--teacher-logits", first]).exitCode == 0)

        for (index, (options, says)) in [
            (other + ["--teacher-logits", first], "first.logits: teachers:"),
            (teacher + ["--teacher-logits", first, "--teacher-logits", second], "--teacher-logits: with a teacher"),
            (["--teacher-logits", path("none.logits")], "no teacher is named"),
            (["--teacher-logits", Program.model("bert-classifier") + "/model.safetensors"], "have no labels"),
            ([], "--unlabelled: "),
        ].enumerated() {
            let refused = try finetune("refused-\(index)", options)
            #expect([65, 66].contains(refused.exitCode) && refused.complaint.contains(says), "\(refused.complaint)")
        }
    }

    private struct Figures: Decodable {
        struct Quality: Decodable {
            let precision: Double
            let recall: Double
            let f1: Double
        }

        struct File: Decodable {
            let file: String
            let accuracy: Double
        }

        let accuracy: Double
        let weighted: Quality
        let macro: Quality
        let classes: [String: Quality]
        let confusion: [[Int]]
        let ece: Double
        let texts_per_second: Double
        let files: [File]?
    }

    @Test("evaluate gives figures as a table and as JSON, every prediction, and a page")
    func evaluate() throws {
        let (test, more) = (
            try labelled(), try file("more.jsonl", #"{"text":"<b>fine</b>","label":"positive"}"# + "\n")
        )
        let model = ["evaluate", "--model", Program.model("bert-classifier")]
        let files = ["--predictions", path("predictions.csv"), "--report", path("report.html")]
        let outcome = try Program.run(model + ["--test", test, "--test", more, "--json"] + files)
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        let figures = try JSONDecoder().decode(Figures.self, from: Data(outcome.output.utf8))
        #expect(figures.confusion.flatMap(\.self).reduce(0, +) == 61)
        #expect(Set(figures.classes.keys) == ["negative", "neutral", "positive"])
        #expect(figures.weighted.recall == figures.accuracy && (0...1).contains(figures.ece))
        #expect(figures.files?.map(\.file) == [test, more])
        let predictions = try Dataset(path: path("predictions.csv")).examples
        #expect(predictions.count == 61 && predictions[60].text == "<b>fine</b>")
        let page = try String(contentsOfFile: path("report.html"), encoding: .utf8)
        #expect(!page.contains("<b>fine") && !page.contains("src=") && page.contains("</html>"))

        let table = try Program.run(model + ["--test", test, "--min-f1", "0.999"])
        #expect(table.exitCode == 65 && table.output.contains("weighted") && table.complaint.contains("below"))
        let unknown = try Program.run(model + ["--test", try file("u.csv", "text,label\na,positive\nb,angry\n")])
        #expect(
            unknown.exitCode == 65 && unknown.complaint.contains("u.csv, line 3") && unknown.complaint.contains("angry")
        )
    }

    @Test("A run that is killed and resumed gives the bits of one that is not")
    func resume() throws {
        let arguments = { [self] (out: String) in
            [
                "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try labelled(), "--validation",
                "0.2", "--epochs", "40", "--learning-rate", "1e-3", "--patience", "0", "--average", "0.5",
                "--evaluations", "1", "--report-every", "1", "--checkpoint-every", "4", "--batch-size", "8", "--out",
                path(out),
            ]
        }
        let unbroken = try Program.run(try arguments("unbroken"))
        #expect(unbroken.exitCode == 0, "\(unbroken.complaint)")
        let (process, _, complaint) = try Program.start(try arguments("broken"))
        Self.wait(for: "step=60/", in: complaint)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: path("broken") + "/checkpoint.safetensors"))
        let resumed = try Program.run(try arguments("broken") + ["--resume"])
        #expect(resumed.exitCode == 0, "\(resumed.complaint)")
        #expect(resumed.complaint.contains("resumed after step"))
        let weights = { (name: String) in try Data(contentsOf: URL(filePath: path(name) + "/model.safetensors")) }
        #expect(try weights("broken") == weights("unbroken"))
    }

    /// Reads until a program has said something, or has ended.
    private static func wait(for text: String, in complaint: Pipe) {
        var said = ""
        while !said.contains(text) {
            let data = complaint.fileHandleForReading.availableData
            if data.isEmpty { break }
            said += String(decoding: data, as: UTF8.self)
        }
    }

    @Test("SIGINT saves the run, and says how to go on")
    func interrupt() throws {
        let arguments = [
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try labelled(), "--validation",
            "0.2", "--epochs", "10000", "--patience", "0", "--report-every", "1", "--out", path("model"),
        ]
        let (process, _, complaint) = try Program.start(arguments)
        Self.wait(for: "step=3/", in: complaint)
        process.interrupt()
        let said = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130 && said.contains("--resume"))
        #expect(FileManager.default.fileExists(atPath: path("model") + "/checkpoint.safetensors"))
    }

    @Test("distil makes a student of every other layer, which fill-mask loads")
    func distil() throws {
        let corpus = try file(
            "corpus.txt",
            (0..<80).map { "the page \($0) is about the weather" }.joined(separator: "\n")
        )
        let outcome = try Program.run([
            "distil", "--teacher", Program.model("bert-masked-lm"), "--layers", "1", "--corpus", corpus, "--held-out",
            "20", "--report-every", "1", "--out", path("student"),
        ])
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        for name in ["distillation=", "masked_lm=", "cosine=", "agreement="] {
            #expect(outcome.complaint.contains(name))
        }
        #expect(try Architecture(directory: path("student")).layers == 1)
        let filled = try Program.run(["fill-mask", "--model", path("student"), "the [MASK] is"])
        #expect(filled.exitCode == 0, "\(filled.complaint)")
    }

    @Test("What is wrong with the input is said, by file and line")
    func badInput() throws {
        let model = Program.model("distilbert-masked-lm")
        func finetune(_ train: String, _ more: [String] = ["--validation", "0.2"]) throws -> Program.Outcome {
            try Program.run(["finetune", "--model", model, "--train", train, "--out", path("out")] + more)
        }
        let broken = try finetune(try file("broken.csv", "text,label\na,positive\nb\n"))
        #expect(broken.exitCode == 65 && broken.complaint.contains("broken.csv, line 3"))
        let classifier = Program.model("bert-classifier")
        let unknown = try Program.run([
            "finetune", "--model", classifier, "--train", try file("unknown.csv", "text,label\na,angry\n"),
            "--validation",
            "0.2", "--out", path("out"),
        ])
        #expect(unknown.exitCode == 65 && unknown.complaint.contains("'angry'"))
        let none = try finetune(try labelled(), [])
        #expect(none.exitCode == 65 && none.complaint.contains("--validation"))
        let empty = try Program.run([
            "distil", "--model", model, "--corpus", try file("empty.txt", "\n\n"), "--out", path("empty"),
        ])
        #expect(empty.exitCode == 65 && empty.complaint.contains("empty.txt"))
        let full = try Program.run([
            "finetune", "--model", model, "--train", try labelled(), "--validation", "0.2", "--out", "/dev/null/model",
        ])
        #expect(full.exitCode != 0 && full.complaint.contains("/dev/null/model"))
    }
}
