// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import TestSupport
import Testing

/// The commands that make models, on a small one.
@Suite struct TrainingCommandTests {
    private let files: TrainingFiles

    init() throws { files = try TrainingFiles() }

    @Test("finetune makes a model that classify loads, and learns what is plain to see")
    func finetune() throws {
        let out = files.path("model")
        let outcome = try Program.run([
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try files.labelled(),
            "--validation",
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
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try files.labelled(),
            "--validation",
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
            let model = files.path("model-\(index)")
            try FileManager.default.copyItem(atPath: Program.model("distilbert-masked-lm"), toPath: model)
            let url = URL(filePath: "\(model)/\(file)")
            let text = try String(contentsOf: url, encoding: .utf8)
            try #require(text.contains(old), "\(old)")
            try Data(text.replacing(old, with: new).utf8).write(to: url)
            let outcome = try Program.run([
                "finetune", "--model", model, "--train", try files.labelled(), "--validation", "0.2", "--out",
                files.path("out"),
            ])
            #expect(outcome.exitCode == 65 && outcome.complaint.contains(says), "\(new): \(outcome.complaint)")
        }
    }

    @Test("A run that is killed and resumed gives the bits of one that is not")
    func resume() throws {
        let arguments = { [self] (out: String) in
            [
                "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try files.labelled(),
                "--validation",
                "0.2", "--epochs", "40", "--learning-rate", "1e-3", "--patience", "0", "--average", "0.5",
                "--evaluations", "1", "--report-every", "1", "--checkpoint-every", "4", "--batch-size", "8", "--out",
                files.path(out),
            ]
        }
        let unbroken = try Program.run(try arguments("unbroken"))
        #expect(unbroken.exitCode == 0, "\(unbroken.complaint)")
        let (process, _, complaint) = try Program.start(try arguments("broken"))
        Self.wait(for: "step=60/", in: complaint)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: files.path("broken") + "/checkpoint.safetensors"))
        let resumed = try Program.run(try arguments("broken") + ["--resume"])
        #expect(resumed.exitCode == 0, "\(resumed.complaint)")
        #expect(resumed.complaint.contains("resumed after step"))
        let weights = { (name: String) in try Data(contentsOf: URL(filePath: files.path(name) + "/model.safetensors")) }
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
            "finetune", "--model", Program.model("distilbert-masked-lm"), "--train", try files.labelled(),
            "--validation",
            "0.2", "--epochs", "10000", "--patience", "0", "--report-every", "1", "--out", files.path("model"),
        ]
        let (process, _, complaint) = try Program.start(arguments)
        Self.wait(for: "step=3/", in: complaint)
        process.interrupt()
        let said = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130 && said.contains("--resume"))
        #expect(FileManager.default.fileExists(atPath: files.path("model") + "/checkpoint.safetensors"))
    }

    @Test("distil makes a student of every other layer, which fill-mask loads")
    func distil() throws {
        let corpus = try files.file(
            "corpus.txt",
            (0..<80).map { "the page \($0) is about the weather" }.joined(separator: "\n")
        )
        let outcome = try Program.run([
            "distil", "--teacher", Program.model("bert-masked-lm"), "--layers", "1", "--corpus", corpus, "--held-out",
            "20", "--report-every", "1", "--out", files.path("student"),
        ])
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        for name in ["distillation=", "masked_lm=", "cosine=", "agreement="] {
            #expect(outcome.complaint.contains(name))
        }
        #expect(try Architecture(directory: files.path("student")).layers == 1)
        let filled = try Program.run(["fill-mask", "--model", files.path("student"), "the [MASK] is"])
        #expect(filled.exitCode == 0, "\(filled.complaint)")
    }

    @Test("What is wrong with the input is said, by file and line")
    func badInput() throws {
        let model = Program.model("distilbert-masked-lm")
        func finetune(_ train: String, _ more: [String] = ["--validation", "0.2"]) throws -> Program.Outcome {
            try Program.run(["finetune", "--model", model, "--train", train, "--out", files.path("out")] + more)
        }
        let broken = try finetune(try files.file("broken.csv", "text,label\na,positive\nb\n"))
        #expect(broken.exitCode == 65 && broken.complaint.contains("broken.csv, line 3"))
        let classifier = Program.model("bert-classifier")
        let unknown = try Program.run([
            "finetune", "--model", classifier, "--train", try files.file("unknown.csv", "text,label\na,angry\n"),
            "--validation",
            "0.2", "--out", files.path("out"),
        ])
        #expect(unknown.exitCode == 65 && unknown.complaint.contains("'angry'"))
        let none = try finetune(try files.labelled(), [])
        #expect(none.exitCode == 65 && none.complaint.contains("--validation"))
        let empty = try Program.run([
            "distil", "--model", model, "--corpus", try files.file("empty.txt", "\n\n"), "--out", files.path("empty"),
        ])
        #expect(empty.exitCode == 65 && empty.complaint.contains("empty.txt"))
        let full = try Program.run([
            "finetune", "--model", model, "--train", try files.labelled(), "--validation", "0.2", "--out",
            "/dev/null/model",
        ])
        #expect(full.exitCode != 0 && full.complaint.contains("/dev/null/model"))
    }
}
