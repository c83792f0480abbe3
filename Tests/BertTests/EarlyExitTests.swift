// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import Bert

@Suite struct EarlyExitTests {
    /// A golden classifier of three layers with a second classifier after the first or second.
    private final class Exiting {
        let path = FileManager.default.temporaryDirectory.appending(path: "exit-\(UUID().uuidString)").path

        /// - Parameter cut: keeps the layers up to the exit alone, with its classifier as the classifier.
        init(_ name: String, layer: Int, confidence: Float = 0.5, cut: Bool = false) throws {
            let source = goldenPath(name)
            var architecture = try Architecture(directory: source)
            let (width, labels) = (architecture.width, architecture.labels.count)
            let weights = try Weights(directory: source)
            let names = ParameterNames(architecture.plan, in: weights.names)
            var tensors: [String: (shape: [Int], values: [Float])] = [:]
            for name in weights.names {
                let shape = weights.shape(of: name) ?? []
                tensors[name] = (shape, try weights.floats(name, shape: shape))
            }
            var random = SplitMix(state: 7)
            for (name, outputs) in [
                (cut ? names.pooler : names.exitPooler, width), (cut ? names.classifier : names.exitClassifier, labels),
            ] {
                let values = (0..<outputs * width).map { _ in Float.random(in: -0.4...0.4, using: &random) }
                tensors[name + ".weight"] = ([outputs, width], values)
                tensors[name + ".bias"] = ([outputs], [Float](repeating: 0.01, count: outputs))
            }
            if cut {
                architecture.layers = layer
            } else {
                architecture.earlyExit = EarlyExit(layer: layer, confidence: confidence)
            }
            let buffers = tensors.mapValues { FloatBuffer($0.values) }
            let named = tensors.map { name, tensor in
                let values = UnsafeBufferPointer(start: buffers[name]?.start, count: tensor.values.count)
                return NamedTensor(name: name, shape: tensor.shape, values: values)
            }
            try ModelWriter(source: source).write(to: path, architecture: architecture, tensors: named)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func model(_ precision: Precision, _ rule: ExitRule) throws -> Model {
            try Model(directory: path, kernels: .ofTests(), precision: precision, exit: rule)
        }
    }

    private static let families = ["bert-classifier", "mpnet-classifier", "electra-classifier", "roberta-classifier"]

    private func texts(_ count: Int, of model: Model) -> [[Int32]] {
        var random = SplitMix(state: 3)
        let vocabulary = Int32(model.architecture.vocabularySize)
        return (0..<count).map { _ in
            (0..<Int.random(in: 2...40, using: &random)).map { _ in Int32.random(in: 5..<vocabulary, using: &random) }
        }
    }

    @Test(
        "Which texts leave, and what is said of them, does not depend on the batch, and those that stay have the bits of a model without exit",
        arguments: families.flatMap { family in
            Precision.allCases.flatMap { precision in [1, 2].map { (family, precision, $0) } }
        }
    )
    func leaving(family: String, precision: Precision, layer: Int) throws {
        let exiting = try Exiting(family, layer: layer)
        let whole = try exiting.model(precision, .off)
        let texts = texts(300, of: whole)
        let all = try Classifier(model: whole).rows(TokenBatch(texts))
        // Such that about half of them leave.
        let leaving = try Classifier(model: exiting.model(precision, .confidence(1e-6)))
        let best = texts.map { text in
            ScoreFunction.softmax(Array(leaving.rows(TokenBatch([text])).dropLast())).max() ?? 0
        }
        let median = best.sorted()[150]
        let model = try exiting.model(precision, .confidence(median))
        let classifier = try Classifier(model: model)
        let together = classifier.rows(TokenBatch(texts))
        let width = model.rowWidth
        var left = 0
        for (index, text) in texts.enumerated() {
            let row = together[index * width..<(index + 1) * width]
            #expect(Array(row) == classifier.rows(TokenBatch([text])), "text \(index)")
            let layers = model.layers(of: row)
            #expect(layers == (best[index] >= median ? layer : 3))
            if layers == layer {
                left += 1
            } else {
                #expect(row == all[index * width..<(index + 1) * width], "text \(index)")
            }
        }
        #expect((100...200).contains(left))
    }

    @Test("What leaves is said by the exit's classifier on the layers before it", arguments: families, [1, 2])
    func exitScores(family: String, layer: Int) throws {
        let exiting = try Exiting(family, layer: layer).model(.f32, .confidence(1e-6))
        let cut = try Exiting(family, layer: layer, cut: true).model(.f32, .auto)
        #expect(cut.architecture.layers == layer && !cut.leavesEarly)
        let batch = TokenBatch(texts(50, of: cut))
        #expect(try Classifier(model: exiting).logits(batch) == Classifier(model: cut).logits(batch))
        #expect(try Classifier(model: exiting).rows(batch)[exiting.rowWidth - 1] == Float(layer))
    }

    @Test(
        "With always, a model is its layers before the exit, with the exit's classifier",
        arguments: families,
        Precision.allCases
    )
    func always(family: String, precision: Precision) throws {
        for layer in [1, 2] {
            let always = try Exiting(family, layer: layer).model(precision, .always)
            let cut = try Exiting(family, layer: layer, cut: true).model(precision, .auto)
            #expect(always.leavesEarly && always.depth == layer)
            let batch = TokenBatch(texts(50, of: cut))
            #expect(try Classifier(model: always).rows(batch) == Classifier(model: cut).rows(batch))
            #expect(try Classifier.scratchBytes(for: always) == Classifier.scratchBytes(for: cut))
        }
    }

    @Test("auto is as sure as the directory says, off lets none leave, and texts longer than a chunk go on alone")
    func rules() throws {
        let sure = try Exiting("bert-classifier", layer: 1, confidence: 1e-6)
        let unsure = try Exiting("bert-classifier", layer: 1, confidence: 1)
        func layers(_ exiting: Exiting, _ rule: ExitRule, _ texts: [[Int32]]) throws -> Set<Int> {
            let model = try exiting.model(.int8, rule)
            let rows = try Classifier(model: model).rows(TokenBatch(texts))
            return Set(stride(from: model.rowWidth - 1, to: rows.count, by: model.rowWidth).map { Int(rows[$0]) })
        }
        let model = try sure.model(.f32, .off)
        let longest = [Int32](repeating: 9, count: model.architecture.positions)
        for texts in [texts(20, of: model), [longest], [longest, longest, [9, 8]]] {
            #expect(try layers(sure, .auto, texts) == [1])
            #expect(try layers(sure, .off, texts) == [3])
            #expect(try layers(unsure, .auto, texts) == [3])
            #expect(try layers(unsure, .confidence(1e-6), texts) == [1])
        }
    }

    @Test(
        "A directory whose exit cannot be is refused with the key or the tensor",
        arguments: [
            (["early_exit_layer": "0"], "early_exit_layer is 0; expected 1 to 2"),
            (["early_exit_layer": "3"], "early_exit_layer is 3; expected 1 to 2"),
            (["early_exit_confidence": "0"], "early_exit_confidence is 0.0; expected above 0 to 1"),
            (["early_exit_confidence": "1.5"], "early_exit_confidence is 1.5; expected above 0 to 1"),
            (["problem_type": "\"multi_label_classification\""], "early_exit_layer is for two or more labels"),
            (["early_exit_layer": "\"two\""], "early_exit_layer"),
        ] as [([String: String], String)]
    )
    func refused(values: [String: String], reason: String) throws {
        let exiting = try Exiting("bert-classifier", layer: 1)
        let url = URL(filePath: "\(exiting.path)/config.json")
        var text = try String(contentsOf: url, encoding: .utf8)
        for (key, value) in values {
            let member = "\"\(key)\" : [^,\\n]*"
            if text.range(of: member, options: .regularExpression) == nil {
                text = text.replacing("{\n", with: "{\n\"\(key)\" : 0,\n", maxReplacements: 1)
            }
            text = text.replacingOccurrences(of: member, with: "\"\(key)\" : \(value)", options: .regularExpression)
        }
        try text.write(to: url, atomically: true, encoding: .utf8)
        let error = #expect(throws: FileError.self) { try exiting.model(.f32, .auto) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("A directory that names an exit and lacks its classifier is refused with the tensor's name")
    func lacking() throws {
        let copy = try ModelCopy()
        try copy.set(["early_exit_layer": "1"], in: "config.json")
        let error = #expect(throws: FileError.self) { try ModelDirectory(copy.path).checkClassifier() }
        #expect(error?.description.contains("early_exit.pooler.weight") == true, "\(String(describing: error))")
        #expect(throws: Never.self) { try Model(directory: copy.path, kernels: .ofTests(), exit: .off) }
    }
}
