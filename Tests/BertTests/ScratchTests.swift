// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Bert

/// What encoders say they take, and what they take.
@Suite struct ScratchTests {
    @Test(
        "What a classifier measures is what one takes, from the same lines",
        arguments: [
            "bert-classifier", "distilbert-classifier", "mpnet-classifier", "electra-classifier", "albert-classifier",
        ],
        [Precision.f32, .int8]
    )
    func measured(directory: String, precision: Precision) throws {
        let model = try Model(directory: goldenPath(directory), kernels: .ofTests(), precision: precision)
        let scratch = Scratch()
        _ = try Classifier(model: model, scratch)
        #expect(try Classifier.scratchBytes(for: model) == scratch.bytes)
        // Hidden states, queries, keys, values, context and update, at least.
        let architecture = model.architecture
        let chunk = precision == .f32 ? FloatNumbers.chunkTokens : QuantisedNumbers.chunkTokens
        let tokens = max(chunk, architecture.positions)
        #expect(scratch.bytes > 6 * 4 * tokens * architecture.width)
    }

    @Test("A toy model and a large one take what they measure, within a factor of two")
    func resident() throws {
        let wide = try Self.wide()
        defer { try? FileManager.default.removeItem(at: wide) }
        // All are kept to the end: memory that is given back would be taken again, and not be seen.
        var kept: [Classifier] = []
        defer { withExtendedLifetime(kept) {} }
        for directory in [goldenPath("bert-classifier"), wide.path] {
            for precision in [Precision.f32, .int8] {
                let model = try Model(directory: directory, kernels: .ofTests(), precision: precision)
                // Enough of them that what other tests of this process take and give back meanwhile is little to it.
                let measured = try Classifier.scratchBytes(for: model)
                let encoders = (300 << 20) / measured + 1
                let noise = 100 << 20
                let before = try Self.residentBytes()
                kept += try (0..<encoders).map { _ in try Classifier(model: model) }
                let taken = try Self.residentBytes() - before
                #expect(taken <= 2 * measured * encoders + noise, "\(precision): \(taken), \(encoders) · \(measured)")
                #expect(measured * encoders <= 2 * taken + noise, "\(precision): \(taken), \(encoders) · \(measured)")
            }
        }
    }

    private static func residentBytes() throws -> Int {
        let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(statm.dropFirst().first.flatMap { Int($0) }) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// A model of one layer that is as wide and reads as much as large ones.
    private static func wide() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "wide-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: goldenPath("bert-classifier"), toPath: directory.path)
        let copy = directory.appending(path: "config.json")
        let sizes = ["hidden_size": 512, "intermediate_size": 2048, "max_position_embeddings": 4096]
        var config = try JSONSerialization.jsonObject(with: Data(contentsOf: copy)) as? [String: Any] ?? [:]
        for (key, value) in sizes { config[key] = value }
        config["num_hidden_layers"] = 1
        try JSONSerialization.data(withJSONObject: config).write(to: copy)
        let architecture = try Architecture(directory: directory.path)
        let names = ParameterNames(architecture)
        let (width, inner) = (architecture.width, architecture.feedForwardWidth)
        // As many as the largest tensor has; all of them begin there.
        let numbers = FloatBuffer(zeros: architecture.positions * width)
        numbers.start.update(repeating: 0.01, count: numbers.count)
        defer { withExtendedLifetime(numbers) {} }
        var tensors: [NamedTensor] = []
        func add(_ name: String, _ shape: [Int]) {
            let values = UnsafeBufferPointer(start: numbers.start, count: shape.reduce(1, *))
            tensors.append(NamedTensor(name: name, shape: shape, values: values))
        }
        func linear(_ name: String, _ outputs: Int, _ inputs: Int) {
            add(name + ".weight", [outputs, inputs])
            add(name + ".bias", [outputs])
        }
        func norm(_ name: String) {
            add(name + ".weight", [width])
            add(name + ".bias", [width])
        }
        add(names.wordEmbeddings + ".weight", [architecture.vocabularySize, width])
        add(names.positionEmbeddings + ".weight", [architecture.positions, width])
        add(names.tokenTypeEmbeddings + ".weight", [2, width])
        norm(names.embeddingsNorm)
        let block = names.block(0)
        for name in [block.query, block.key, block.value, block.attentionOutput] { linear(name, width, width) }
        linear(block.intermediate, inner, width)
        linear(block.output, width, inner)
        norm(block.attentionNorm)
        norm(block.outputNorm)
        linear(names.pooler, width, width)
        linear(names.classifier, architecture.labels.count, width)
        try Safetensors.write(tensors, precision: .f32, to: directory.appending(path: "model.safetensors").path)
        return directory
    }
}
