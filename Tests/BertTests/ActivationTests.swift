// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Bert

/// Activations that `config.json` may name, against transformers: `Golden/activations/make_golden.py` says how.
@Suite struct ActivationTests {
    private struct Expected: Decodable {
        let directory: String
        let key: String
        let activation: String
        let input_ids: [[Int32]]
        let logits: [[Float]]
    }

    private static func golden() throws -> [Expected] {
        let file = URL(filePath: goldenPath("activations/expected.json"))
        return try JSONDecoder().decode([Expected].self, from: Data(contentsOf: file))
    }

    private static func logits(
        _ expected: Expected,
        _ kernels: Kernels,
        _ precision: Precision
    ) throws -> [[Float]] {
        let copy = try ModelCopy(expected.directory)
        try copy.set([expected.key: "\"\(expected.activation)\""], in: "config.json")
        let model = try Model(directory: copy.path, kernels: kernels, precision: precision)
        #expect(model.architecture.activation.rawValue == expected.activation)
        if model.architecture.task == .sequenceClassification {
            let classifier = try Classifier(model: model)
            return expected.input_ids.map { classifier.logits(TokenBatch([$0])) }
        }
        let maskedModel = try MaskedLanguageModel(model: model)
        return expected.input_ids.map { Array(maskedModel.logits($0, at: [1])[0].prefix(40)) }
    }

    @Test(
        "Each gives the logits of transformers, in the blocks and in heads that follow it",
        arguments: Kernels.supported
    )
    func logits(instructionSet: String) throws {
        let kernels = try Kernels(instructionSet: instructionSet)
        for expected in try Self.golden() {
            let own = try Self.logits(expected, kernels, .f32)
            let worst = zip(own.joined(), expected.logits.joined()).map { abs($0 - $1) }.max() ?? .nan
            #expect(worst <= 1e-4, "\(expected.directory), \(expected.activation): \(worst)")
        }
    }

    @Test("In bytes, logits are near those of transformers with every activation", arguments: Kernels.supported)
    func bytes(instructionSet: String) throws {
        let kernels = try Kernels(instructionSet: instructionSet)
        for expected in try Self.golden() {
            let (own, wanted) = (
                try Self.logits(expected, kernels, .int8).flatMap(\.self), expected.logits.flatMap(\.self)
            )
            let squares = zip(own, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let spread = wanted.reduce(0) { $0 + $1 * $1 }
            #expect(squares <= spread / 100, "\(expected.directory), \(expected.activation): \(squares / spread)")
        }
    }

    @Test("A classifier with each is the same bits alone and in a batch", arguments: Precision.allCases)
    func batches(precision: Precision) throws {
        for activation in Architecture.Activation.allCases {
            let copy = try ModelCopy()
            try copy.set(["hidden_act": "\"\(activation.rawValue)\""], in: "config.json")
            let model = try Model(directory: copy.path, kernels: .ofTests(), precision: precision)
            let classifier = try Classifier(model: model)
            let texts: [[Int32]] = (1...40).map { (length: Int32) -> [Int32] in
                let words: [Int32] = (0..<length).map { 5 + $0 * 17 % 900 }
                return [2] + words + [3]
            }
            #expect(texts.flatMap { classifier.logits(TokenBatch([$0])) } == classifier.logits(TokenBatch(texts)))
        }
    }
}
