// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Testing

@testable import Training

@Suite struct VocabularyExtensionTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString)")
        .path
    private var model: String { directory + "/model" }
    private var out: String { directory + "/out" }

    /// A golden model whose last pieces are places that nothing uses.
    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: GoldenSteps.directory("distillation/student"), toPath: model)
        let vocabulary = try Tokenizer(directory: model).vocabulary
        var files = try TokenizerFiles(directory: model)
        for place in 0..<5 {
            let id = Int32(vocabulary.count - 1 - place)
            let isRenamed = files.rename(vocabulary.token(of: id), of: id, to: "[unused\(place)]")
            try #require(isRenamed)
        }
        for (name, bytes) in files.contents { try Data(bytes).write(to: URL(filePath: "\(model)/\(name)")) }
    }

    private func tokens(_ lines: String) throws -> String {
        let path = directory + "/tokens.txt"
        try Data(lines.utf8).write(to: URL(filePath: path))
        return path
    }

    private func rows(_ directory: String) throws -> (rows: [Float], width: Int) {
        let architecture = try Architecture(directory: directory)
        let shape = [architecture.vocabularySize, architecture.width]
        let name = ParameterNames(architecture).wordEmbeddings + ".weight"
        return (try Weights(directory: directory).floats(name, shape: shape), architecture.width)
    }

    @Test("A sign is read as one token at the beginning of a word and behind one, and starts as what its words mean")
    func emoji() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let before = try Tokenizer(directory: model)
        #expect(before.encode("good 😡") == before.encode("good") + [before.unkID])
        let count = try VocabularyExtension(model: model, tokens: tokens("# signs\n😡\tnot good\n\n👍\tgood\n")).write(
            to: out
        )
        #expect(count == 4)
        let after = try Tokenizer(directory: out)
        #expect(after.tokens(of: after.encode("😡 👍😡😡")) == ["😡", "👍", "##😡", "##😡"])
        // All other texts are read as before.
        #expect(after.encode("not good, the [MASK]") == before.encode("not good, the [MASK]"))
        let id = try #require(after.vocabulary.id(of: "##😡"))
        let (rows, width) = try rows(out)
        let words = before.encode("not good").map(Int.init)
        for column in 0..<width {
            let mean = words.reduce(Float(0)) { $0 + rows[$1 * width + column] } / Float(words.count)
            #expect(rows[Int(id) * width + column] == mean)
        }
        // `vocab.txt` by itself says the same.
        try FileManager.default.removeItem(atPath: out + "/tokenizer.json")
        #expect(try Tokenizer(directory: out).encode("👍😡") == after.encode("👍😡"))
    }

    @Test("All other parameters stay as they are, and what is there already is not added again")
    func others() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(try VocabularyExtension(model: model, tokens: tokens("👍\tgood")).write(to: out) == 2)
        let (old, new) = (try Weights(directory: model), try Weights(directory: out))
        #expect(new.names == old.names.filter { !$0.hasSuffix("position_ids") })
        for name in new.names where !name.hasSuffix("word_embeddings.weight") && !name.contains("decoder.weight") {
            let shape = try #require(old.shape(of: name))
            #expect(try new.floats(name, shape: shape) == old.floats(name, shape: shape))
        }
        let again = directory + "/again"
        #expect(try VocabularyExtension(model: out, tokens: tokens("👍\tgood")).write(to: again) == 0)
        #expect(try rows(again).rows == rows(out).rows)
        #expect(throws: TrainingError.self, "another model is not written over") {
            try VocabularyExtension(model: model, tokens: tokens("👍\tgood")).write(to: again)
        }
    }

    @Test(
        "A file that cannot be carried out is refused by its line",
        arguments: [
            ("😡 bad", "line 1: expected a token, a tab"), ("😡\t", "line 1: expected"),
            ("😡\tbad\n😡\tbad", "line 2: the token stands in line 1 already"), ("# none\n", "holds no tokens"),
            ("👍\tgood\n✔️\tgood", "line 2: the tokenizer makes '✔' of the token"),
            ("GOOD\tgood", "line 1: the tokenizer makes 'good' of the token"),
            ("good-bye\tbad", "line 1: the tokenizer parts the token, or knows its parts"),
            ("😡\t👀", "line 1: the model knows none of the words"),
            ("😀\tgood\n😁\tgood\n😂\tgood", "line 3: the vocabulary has no place left"),
        ]
    )
    func refused(lines: String, reason: String) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = #expect(throws: TrainingError.self) {
            try VocabularyExtension(model: model, tokens: tokens(lines)).write(to: out)
        }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        #expect(!FileManager.default.fileExists(atPath: out))
    }
}
