// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

@Suite struct ModelTests {
    @Test("A model is named after its directory, and its digest is that of its weights")
    func identity() throws {
        let model = try Model(directory: goldenPath("bert-classifier") + "/", kernels: .ofTests())
        #expect(model.name == "bert-classifier")
        #expect(model.digest.count == 64)
        #expect(model.digest == (try Digest.sha256(of: [goldenPath("bert-classifier/model.safetensors")])))
    }

    @Test("A directory that is not there is an error that names it")
    func missingDirectory() {
        let error = #expect(throws: FileError.self) { try Model(directory: "/nowhere/model", kernels: .ofTests()) }
        #expect(error?.kind == .missing)
        #expect(error?.description.contains("/nowhere/model") == true)
    }

    @Test("Weights that end early, and weights of another shape, are errors that name the file")
    func brokenWeights() throws {
        let copy = try Self.copy("bert-classifier")
        defer { try? FileManager.default.removeItem(at: copy) }
        let weights = copy.appending(path: "model.safetensors")
        let whole = try Data(contentsOf: weights)
        try whole.prefix(whole.count - 100).write(to: weights)
        let truncated = #expect(throws: FileError.self) { try Model(directory: copy.path, kernels: .ofTests()) }
        #expect(truncated?.path == weights.path)
        try whole.write(to: weights)
        let config = copy.appending(path: "config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        try text.replacing("\"intermediate_size\": 128", with: "\"intermediate_size\": 64")
            .write(to: config, atomically: true, encoding: .utf8)
        let misshaped = #expect(throws: FileError.self) { try Model(directory: copy.path, kernels: .ofTests()) }
        #expect(misshaped?.reason.contains("intermediate") == true)
    }

    @Test("A tokenizer that knows more tokens than the model has rows for is refused")
    func foreignTokenizer() throws {
        let copy = try Self.copy("bert-classifier")
        defer { try? FileManager.default.removeItem(at: copy) }
        let config = copy.appending(path: "config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        try text.replacing("\"vocab_size\": 951", with: "\"vocab_size\": 900")
            .write(to: config, atomically: true, encoding: .utf8)
        let error = #expect(throws: FileError.self) { try Model(directory: copy.path, kernels: .ofTests()) }
        #expect(error?.reason.contains("vocab_size") == true)
    }

    @Test("A model without the head that is asked for is refused by the name of its class")
    func wrongHead() throws {
        let model = try Model(directory: goldenPath("bert-masked-lm"), kernels: .ofTests())
        let error = #expect(throws: FileError.self) { try Classifier(model: model) }
        #expect(error?.kind == .unsupported)
        #expect(error?.reason.contains("BertForMaskedLM") == true)
        let classifier = try Model(directory: goldenPath("distilbert-classifier"), kernels: .ofTests())
        #expect(throws: FileError.self) { try MaskedLanguageModel(model: classifier) }
    }

    @Test("An unknown instruction set is refused, and the error lists those that there are")
    func unknownInstructionSet() {
        let error = #expect(throws: UnknownInstructionSet.self) { try Kernels(instructionSet: "mmx") }
        #expect(error?.description.contains("scalar") == true)
    }

    private static func copy(_ name: String) throws -> URL {
        let copy = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(filePath: goldenPath(name)), to: copy)
        return copy
    }
}
