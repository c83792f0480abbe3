// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Testing

@testable import Training

@Suite struct DistillationGoldenTests {
    private struct Expected: Decodable {
        struct Step: Decodable {
            let distillation: Double
            let maskedLm: Double
            let cosine: Double
            let total: Double
            let gradientNorm: Double
        }

        let inputIdsMasked: [[Int32]]
        let attentionMask: [[Int]]
        let labels: [[Int32]]
        let steps: [Step]
    }

    /// The names are keys as they stand, which the other decoder would change.
    private struct ExpectedNorms: Decodable {
        struct Step: Decodable {
            let norms: [String: Double]?

            enum CodingKeys: String, CodingKey {
                case norms = "gradient_norm_per_parameter"
            }
        }

        let steps: [Step]
    }

    @Test(
        "Six steps of distillation give PyTorch's three losses and gradient norms",
        arguments: GoldenSteps.Products.here,
        [1, 2, 3]
    )
    func steps(products: GoldenSteps.Products, threads: Int) throws {
        let directory = GoldenSteps.directory("distillation/student")
        let expected = try GoldenSteps.expected("distillation", Expected.self)
        let file = URL(filePath: GoldenSteps.directory("distillation") + "/expected.json")
        let norms = try JSONDecoder().decode(ExpectedNorms.self, from: Data(contentsOf: file)).steps[0].norms ?? [:]
        let teacher = try Model(
            directory: GoldenSteps.directory("distillation/teacher"),
            kernels: products.arithmetic.kernels
        )
        let network = try Network(
            architecture: Architecture(directory: directory),
            dropout: .none,
            arithmetic: products.arithmetic,
            weights: Weights(directory: directory),
            seed: 0
        )
        let trainer = try Trainer(
            network: network,
            optimiser: AdamW.Settings(beta2: 0.98, epsilon: 1e-6, decaysAll: true),
            maxGradientNorm: nil,
            threads: threads,
            longestText: 64
        ) { replica, capacity in
            // Fewer rows than a chunk has, so that the decoder goes in blocks.
            MaskedLMHead(
                replica: replica,
                capacity: capacity,
                rows: 50,
                weights: MaskedLMHead.Weights(),
                teacher: try MaskedLanguageModel(model: teacher)
            )
        }
        var batch = TokenBatch()
        var labels: [Int32] = []
        for ((ids, mask), row) in zip(zip(expected.inputIdsMasked, expected.attentionMask), expected.labels) {
            let count = mask.reduce(0, +)
            batch.append(Array(ids[..<count]))
            labels += row[..<count].map { $0 < 0 ? -1 : $0 }
        }
        for (index, step) in expected.steps.enumerated().prefix(products.steps) {
            let targets = MaskedLMHead.Targets(labels: labels)
            let report = trainer.step(batch, targets, step: index + 1, learningRate: 1e-3, dropout: nil)
            let pairs = [
                ("distillation", report.losses.distillation, step.distillation),
                ("masked LM", report.losses.maskedLM, step.maskedLm),
                ("cosine", report.losses.cosine, step.cosine),
                ("total", report.losses.total, step.total),
                ("gradient norm", report.gradientNorm, step.gradientNorm),
            ]
            for (name, value, wanted) in pairs {
                #expect(
                    GoldenSteps.agree(value, wanted, within: products.bound),
                    "step \(index), \(name): \(value), expected \(wanted)"
                )
            }
            guard index == 0, !products.isRounded else { continue }
            for parameter in network.layout.parameters {
                let wanted = try #require(norms[parameter.name], "\(parameter.name)")
                let squares = parameter.range.reduce(0.0) {
                    $0 + Double(trainer.gradient.values.start[$1]) * Double(trainer.gradient.values.start[$1])
                }
                #expect(
                    GoldenSteps.agree(squares.squareRoot(), wanted),
                    "\(parameter.name): \(squares.squareRoot()), expected \(wanted)"
                )
            }
            #expect(network.layout.parameters.count == norms.count)
        }
    }
}
