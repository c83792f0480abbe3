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
    static func agree(_ value: Double, _ expected: Double) -> Bool {
        abs(value - expected) <= max(1e-3 * abs(expected), 1e-5)
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
        arguments: Kernels.supported,
        [1, 2, 3]
    )
    func steps(instructionSet: String, threads: Int) throws {
        let directory = GoldenSteps.directory("fine-tuning/start")
        let expected = try GoldenSteps.expected("fine-tuning", Expected.self)
        let network = Network(
            architecture: try Architecture(directory: directory),
            dropout: .none,
            kernels: try Kernels(instructionSet: instructionSet)
        )
        try network.load(Weights(directory: directory), seed: 0)
        let tokenizer = try Tokenizer(directory: directory)
        let trainer = Trainer(
            network: network,
            optimiser: AdamW.Settings(decaysAll: true),
            maxGradientNorm: nil,
            threads: threads,
            longestText: 64
        ) { ClassificationHead(replica: $0, capacity: $1) }
        for (index, step) in expected.steps.enumerated() {
            let texts = step.texts.compactMap {
                tokenizer.encoding(of: $0, maxTokens: 64, truncation: .head)?.sequences[0]
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
                GoldenSteps.agree(report.losses.total, step.loss),
                "step \(index): \(report.losses.total) \(step.loss)"
            )
            #expect(
                GoldenSteps.agree(report.gradientNorm, step.gradientNorm),
                "step \(index): \(report.gradientNorm) \(step.gradientNorm)"
            )
        }
    }
}
