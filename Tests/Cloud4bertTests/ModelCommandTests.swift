// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct ModelCommandTests {
    private let classifier = ["--model", Program.model("bert-classifier")]

    private struct LabelScore: Decodable {
        let label: String
        let score: Double
    }

    private struct Filled: Decodable {
        let score: Double
        let token: Int
        let token_str: String
        let sequence: String
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ line: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(line.utf8))
    }

    @Test("classify answers each text with one line, as the pipeline does")
    func classify() throws {
        let outcome = try Program.run(["classify"] + classifier + ["--top-k", "3", "one text", "another"])
        #expect(outcome.exitCode == 0 && outcome.lines.count == 2)
        let scores = try decode([LabelScore].self, outcome.lines[0])
        #expect(Set(scores.map(\.label)) == ["negative", "neutral", "positive"])
        #expect(abs(scores.reduce(0) { $0 + $1.score } - 1) < 1e-5)
        #expect(scores.map(\.score) == scores.map(\.score).sorted(by: >))
        let best = try Program.run(["classify"] + classifier + ["one text"])
        #expect(try decode([LabelScore].self, best.lines[0]).count == 1)
    }

    @Test("classify says what each word weighs, the heaviest first, where it is asked to")
    func explain() throws {
        struct Explained: Decodable {
            struct Word: Decodable {
                let word: String
                let start: Int
                let weight: Double
            }
            let scores: [LabelScore]
            let words: [Word]
        }
        let outcome = try Program.run(["classify", "--explain", "It is a horrible 😀 mess.", ""])
        let lines = try outcome.lines.map { try decode(Explained.self, $0) }
        #expect(lines.count == 2 && lines[0].scores.map(\.label) == ["negative"] && lines[1].words.isEmpty)
        let words = lines[0].words
        #expect(words.map(\.word).sorted() == ["It", "a", "horrible", "is", "mess.", "😀"])
        #expect(words[0].word == "horrible" && words[0].weight > 0)
        #expect(words.map { abs($0.weight) } == words.map { abs($0.weight) }.sorted(by: >))
        #expect(words.first { $0.word == "mess." }?.start == 19)
        let text = "one two three four five six"
        let grouped = try Program.run(["classify", "--explain", "--explain.max.words", "3", text])
        #expect(try decode(Explained.self, grouped.lines[0]).words.count == 3)
    }

    @Test("Texts come from standard input a line each, empty lines too, or as JSON with line breaks")
    func input() throws {
        let lines = try Program.run(["tokenize"] + classifier, input: "one\n\ntwo")
        #expect(lines.lines.count == 3)
        #expect(lines.lines[1].contains(#"["[CLS]","[SEP]"]"#))
        let json = try Program.run(["tokenize", "--jsonl"] + classifier, input: #"{"text":"one\ntwo","id":1}"# + "\n")
        let argument = try Program.run(["tokenize"] + classifier + ["one two"])
        #expect(json.exitCode == 0 && json.output == argument.output)
    }

    @Test("A model whose answers are not finite numbers is an error of its data, in every command that shows them")
    func notFinite() throws {
        let labels = "label,text\nnegative,one\npositive,two\n"
        for (name, commands) in [
            ("bert-classifier", [["classify", "--top-k", "0"], ["features"], ["features", "--pool", "mean"]]),
            ("bert-masked-lm", [["fill-mask"]]),
        ] {
            let directory = try hugeModel(name)
            defer { try? FileManager.default.removeItem(at: directory) }
            for command in commands {
                let outcome = try Program.run(command + ["--model", directory.path, "a great [MASK] text"])
                #expect(outcome.exitCode == 65, "\(command): \(outcome.complaint)")
                #expect(outcome.output.isEmpty && outcome.complaint.contains("not finite"))
            }
            guard name == "bert-classifier" else { continue }
            let file = directory.appending(path: "texts.csv")
            try Data(labels.utf8).write(to: file)
            let outcome = try Program.run(["evaluate", "--model", directory.path, "--test", file.path])
            #expect(outcome.exitCode == 65 && outcome.complaint.contains("not finite"))
        }
    }

    /// A copy of a golden model whose last layer norm multiplies by all that a float can hold.
    private func hugeModel(_ name: String) throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "huge-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: Program.model(name), toPath: directory.path)
        let url = directory.appending(path: "model.safetensors")
        var bytes = try Data(contentsOf: url)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: Any] ?? [:]
        for (tensor, entry) in header where tensor.hasSuffix("output.LayerNorm.weight") {
            guard let entry = entry as? [String: Any], let offsets = entry["data_offsets"] as? [Int] else { continue }
            let huge = withUnsafeBytes(of: Float.greatestFiniteMagnitude.bitPattern.littleEndian) { Array($0) }
            for at in stride(from: offsets[0], to: offsets[1], by: 4) {
                bytes.replaceSubrange(8 + length + at..<8 + length + at + 4, with: huge)
            }
        }
        try bytes.write(to: url)
        return directory
    }

    @Test("truncation_side of the model says which end of a long text is kept, unless text.truncation does")
    func truncationSide() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "side-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: Program.model("bert-classifier"), toPath: directory.path)
        defer { try? FileManager.default.removeItem(at: directory) }
        let config = #"{"tokenizer_class": "BertTokenizer", "model_max_length": 6, "truncation_side": "left"}"#
        try Data(config.utf8).write(to: directory.appending(path: "tokenizer_config.json"))
        let text = "a b c d e f g h"
        let tokenize = { (settings: [String], environment: [String: String]) in
            try Program.run(["tokenize", "--model", directory.path] + settings + [text], environment: environment)
                .output
        }
        #expect(try tokenize([], [:]).contains(#""tokens":["[CLS]","e","f","g","h","[SEP]"]"#))
        #expect(
            try tokenize(["--text.truncation", "head"], [:]).contains(#""tokens":["[CLS]","a","b","c","d","[SEP]"]"#)
        )
        let variable = try tokenize([], ["CLOUD4BERT_TEXT_TRUNCATION": "head"])
        #expect(variable.contains(#""tokens":["[CLS]","a","b","c","d","[SEP]"]"#))
        let classify = { (settings: [String], text: String) in
            try Program.run(["classify", "--model", directory.path] + settings + [text]).output
        }
        #expect(try classify([], text) == classify(["--text.truncation", "tail"], text))
        #expect(try classify([], text) == classify([], "e f g h"))
    }

    @Test("JSON is read from standard input as records are: strictly, and names by their code points")
    func strictInput() throws {
        let spelt = "\u{FEFF}" + #"{"text":"a","te\u0078t":"one","o":"\ud800"}"# + "\n"
        let json = try Program.run(["tokenize", "--jsonl"] + classifier, input: spelt)
        let argument = try Program.run(["tokenize"] + classifier + ["one"])
        #expect(json.exitCode == 0 && json.output == argument.output)
        for line in [#"{"text":"\ud800"}"#, #"{"text":"a",}"#, #"{"text":"a"} x"#] {
            #expect(try Program.run(["tokenize", "--jsonl"] + classifier, input: line).exitCode == 65, "\(line)")
        }
    }

    private struct Tokens: Decodable {
        let ids: [Int]
    }

    @Test("tokenize shows what the model reads: positions count, where config.json gives them")
    func length() throws {
        let text = String(repeating: "hello ", count: 100)
        let read = try Program.run(["tokenize"] + classifier + [text])
        #expect(try decode(Tokens.self, read.lines[0]).ids.count == 64)
        let features = try Program.run(["features"] + classifier + [text])
        #expect(try decode([[Float]].self, features.lines[0]).count == 64)
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for name in ["vocab.txt", "tokenizer_config.json"] {
            try FileManager.default.copyItem(
                atPath: Program.model("bert-classifier") + "/" + name,
                toPath: directory.appending(path: name).path
            )
        }
        let config = directory.appending(path: "config.json")
        for (content, count) in [
            (nil, 402), (#"{"tokenizer_class": "BertTokenizer"}"#, 402), (#"{"max_position_embeddings": 10}"#, 10),
        ] as [(String?, Int)] {
            if let content { try Data(content.utf8).write(to: config) }
            let outcome = try Program.run(["tokenize", "--model", directory.path, text])
            #expect(try decode(Tokens.self, outcome.lines[0]).ids.count == count, "\(content ?? "")")
        }
        try Data(#"{"max_position_embeddings": 2}"#.utf8).write(to: config)
        let short = try Program.run(["tokenize", "--model", directory.path, text])
        #expect(short.exitCode == 65 && short.complaint.contains("max_position_embeddings"))
    }

    @Test("A byte order mark before the first line is dropped, and UTF-16 refused by name")
    func marks() throws {
        let marked = try Program.run(["tokenize"] + classifier, input: "\u{FEFF}one\ntwo\n")
        #expect(try marked.output == Program.run(["tokenize"] + classifier, input: "one\ntwo\n").output)
        let wide = try Program.run(["tokenize"] + classifier, bytes: try #require("one\n".data(using: .utf16)))
        #expect(wide.exitCode == 65 && wide.complaint.contains("UTF-16"))
    }

    @Test("A bad line of input is named, after the lines before it were answered")
    func badInput() throws {
        let json = try Program.run(["tokenize", "--jsonl"] + classifier, input: "{\"text\":\"a\"}\n{\"body\":1}\n")
        #expect(json.exitCode == 65 && json.lines.count == 1 && json.complaint.contains("line 2"))
        let bytes = try Program.run(["classify"] + classifier, bytes: Data([0x61, 0x0A, 0xFF, 0x0A]))
        #expect(bytes.exitCode == 65 && bytes.lines.count == 1 && bytes.complaint.contains("line 2"))
    }

    @Test("fill-mask gives tokens for a mask, and a list for each of several")
    func fillMask() throws {
        let model = ["--model", Program.model("bert-masked-lm")]
        let one = try Program.run(["fill-mask"] + model + ["--top-k", "2", "this is [MASK] ."])
        let filled = try decode([Filled].self, one.lines[0])
        #expect(filled.count == 2 && filled[0].score >= filled[1].score)
        #expect(!filled[0].sequence.contains("[MASK]") && !filled[0].sequence.contains("[CLS]"))
        let two = try Program.run(["fill-mask"] + model + ["[MASK] is [MASK]"])
        let lists = try decode([[Filled]].self, two.lines[0])
        #expect(lists.count == 2 && lists[0].count == 5 && lists[0][0].sequence.contains("[MASK]"))
        let none = try Program.run(["fill-mask"] + model + ["no mask"])
        #expect(none.exitCode == 65 && none.complaint.contains("[MASK]"))
    }

    @Test("features come as JSON, pooled or not, and as an array that NumPy's format describes")
    func features() throws {
        let all = try decode([[Float]].self, Program.run(["features"] + classifier + ["one"]).lines[0])
        let mean = try decode(
            [Float].self,
            Program.run(["features", "--pool", "mean"] + classifier + ["one"]).lines[0]
        )
        #expect(all[0].count == 32 && mean.count == 32)
        #expect(abs(all.reduce(0) { $0 + $1[0] } / Float(all.count) - mean[0]) < 1e-5)
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).npy")
        defer { try? FileManager.default.removeItem(at: file) }
        let written = try Program.run(["features", "--out", file.path] + classifier + ["one", "one two three"])
        #expect(written.exitCode == 0 && written.output.isEmpty)
        let bytes = [UInt8](try Data(contentsOf: file))
        #expect(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
        let length = Int(bytes[8]) + Int(bytes[9]) << 8
        #expect((10 + length) % 64 == 0)
        let header = String(decoding: bytes[10..<10 + length], as: UTF8.self)
        let tokens = (bytes.count - 10 - length) / 4 / 32 / 2
        #expect(header.contains("'descr': '<f4'") && header.contains("(2, \(tokens), 32)"))
    }

    @Test("Without a model named, the built-in one tells praise from complaint, in both kinds of text")
    func builtIn() throws {
        let texts = [
            (
                "negative",
                "Sorry, I don't understand - are you saying you don't have the `paypal` section defined? You need "
                    + "to, otherwise, it's an 'unknown element' in the web.config."
            ),
            ("negative", "This is the worst API I have ever had to use."),
            ("positive", "Works like a charm, thank you so much!"),
            ("positive", "I love this song"),
            ("neutral", "The function returns a list of integers."),
        ]
        let outcome = try Program.run(["classify"] + texts.map(\.1))
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        let found = try outcome.lines.map { try decode([LabelScore].self, $0)[0].label }
        #expect(found == texts.map(\.0))
    }

    @Test("The model called fast is the built-in one's first layers, and tells praise from complaint, too")
    func fast() throws {
        let texts = [
            "This is the worst API I have ever had to use.", "I love this song", "What a mess, nothing works.",
        ]
        let fast = try Program.run(["classify", "--model", "fast"] + texts)
        let always = try Program.run(["classify", "--model.exit", "always"] + texts)
        let whole = try Program.run(["classify", "--model.exit", "off"] + texts)
        #expect(fast.exitCode == 0 && fast.output == always.output && fast.output != whole.output, "\(fast.complaint)")
        let found = try fast.lines.map { try decode([LabelScore].self, $0)[0].label }
        #expect(found == ["negative", "positive", "negative"])
    }

    @Test("A program that was copied away without its model says where it looked")
    func lostModel() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let copy = directory.appending(path: "cloud4bert").path
        try FileManager.default.copyItem(atPath: Program.path, toPath: copy)
        let outcome = try Program.run(["classify", "text"], executable: copy)
        #expect(outcome.exitCode == 66 && outcome.complaint.contains("model.path"))
    }

    @Test("A model that is missing or of another kind is an error with its exit code")
    func models() throws {
        let missing = try Program.run(["classify", "--model", "/nowhere", "text"])
        #expect(missing.exitCode == 66 && missing.complaint.contains("/nowhere"))
        let other = try Program.run(["classify", "--model", Program.model("bert-masked-lm"), "text"])
        #expect(other.exitCode == 65 && other.complaint.contains("BertForMaskedLM"))
        let kernels = try Program.run(["classify"] + classifier + ["x"], environment: ["CLOUD4BERT_ISA": "mmx"])
        #expect(kernels.exitCode == 78 && kernels.complaint.contains("CLOUD4BERT_ISA"))
    }

    @Test("Every instruction set gives the same scores in f32, within the references' tolerance")
    func instructionSets() throws {
        let command = ["classify", "--model.precision", "f32"] + classifier + ["x y"]
        let scalar = try Program.run(command, environment: ["CLOUD4BERT_ISA": "scalar"])
        let best = try Program.run(command)
        let (first, second) = (
            try decode([LabelScore].self, scalar.lines[0]), try decode([LabelScore].self, best.lines[0])
        )
        #expect(first[0].label == second[0].label && abs(first[0].score - second[0].score) < 1e-4)
    }
}
