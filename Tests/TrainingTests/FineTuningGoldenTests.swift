// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Testing

@testable import Training

/// Reference steps of PyTorch, see the note in each `expected.json`.
enum GoldenSteps {
    static func directory(_ name: String) -> String { "\(Bundle.module.bundlePath)/Golden/\(name)" }

    static func expected<Expected: Decodable>(_ name: String, _: Expected.Type) throws -> Expected {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            Expected.self,
            from: Data(contentsOf: URL(filePath: directory(name) + "/expected.json"))
        )
    }

    /// Whether a figure is within a thousandth of the reference, or both are zero but for rounding.
    static func agree(_ value: Double, _ expected: Double, within bound: Double = 1e-3) -> Bool {
        abs(value - expected) <= max(bound * abs(expected), 1e-2 * bound)
    }

    /// Products that a run may ask for, and what they are held to.
    struct Products: Sendable, CustomTestStringConvertible {
        let arithmetic: Arithmetic
        var isRounded: Bool { arithmetic.bf16 != nil }
        /// With 8 bits of precision the weights soon take a way of their own, so that only the first step compares.
        var steps: Int { isRounded ? 1 : .max }
        var bound: Double { isRounded ? 1e-2 : 1e-3 }
        var testDescription: String { arithmetic.kernels.instructionSet + (isRounded ? ", bfloat16" : ", f32") }

        /// Those of every instruction set here.
        static let here: [Products] = Kernels.supported.flatMap { name -> [Products] in
            guard let kernels = try? Kernels(instructionSet: name) else { return [] }
            let rounded = try? Arithmetic(kernels: kernels, usesBF16: true)
            return [Arithmetic(kernels: kernels), rounded].compactMap(\.self).map(Products.init)
        }
    }
}

@Suite struct FineTuningGoldenTests {
    private struct Expected: Decodable {
        struct Step: Decodable {
            let texts: [String]
            let labels: [Int]
            let loss: Double
            let gradientNorm: Double
        }

        let steps: [Step]
    }

    @Test(
        "Eight steps of fine-tuning give PyTorch's losses and gradient norms",
        arguments: GoldenSteps.Products.here,
        [1, 2, 3]
    )
    func steps(products: GoldenSteps.Products, threads: Int) throws {
        let directory = GoldenSteps.directory("fine-tuning/start")
        let expected = try GoldenSteps.expected("fine-tuning", Expected.self)
        let network = try Network(
            architecture: Architecture(directory: directory),
            dropout: .none,
            arithmetic: products.arithmetic,
            weights: Weights(directory: directory),
            seed: 0
        )
        let tokenizer = try Tokenizer(directory: directory)
        let trainer = Trainer(
            network: network,
            optimiser: AdamW.Settings(decaysAll: true),
            maxGradientNorm: nil,
            threads: threads,
            longestText: 64
        ) { ClassificationHead(replica: $0, capacity: $1) }
        for (index, step) in expected.steps.enumerated().prefix(products.steps) {
            let texts = step.texts.compactMap {
                tokenizer.encoding(of: $0, within: TextLimit(maxTokens: 64, truncation: .head))?.sequences[0]
            }
            let targets = ClassificationHead.Targets(labels: step.labels, classWeights: [1, 1, 1])
            let report = trainer.step(
                TokenBatch(texts),
                targets,
                step: index + 1,
                learningRate: 5e-4,
                dropout: nil
            )
            #expect(
                GoldenSteps.agree(report.losses.total, step.loss, within: products.bound),
                "step \(index): \(report.losses.total) \(step.loss)"
            )
            #expect(
                GoldenSteps.agree(report.gradientNorm, step.gradientNorm, within: products.bound),
                "step \(index): \(report.gradientNorm) \(step.gradientNorm)"
            )
        }
    }
}
