// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Testing

@testable import Training

/// A step of PyTorch with each activation: `Golden/activations/make_golden.py` of `BertTests` says how it was made.
@Suite struct ActivationGoldenTests {
    private struct Expected: Decodable {
        let activation: String
        let input_ids: [[Int32]]
        let labels: [[Int32]]
        let loss: Double
        let norms: [String: Double]
    }

    private static func golden() throws -> [Expected] {
        let file = URL(filePath: GoldenSteps.directory("activations.json"))
        return try JSONDecoder().decode([Expected].self, from: Data(contentsOf: file))
    }

    @Test(
        "A masked LM with each activation has PyTorch's loss and gradients",
        arguments: Architecture.Activation.allCases
    )
    func maskedLM(activation: Architecture.Activation) throws {
        let expected = try #require(try Self.golden().first { $0.activation == activation.rawValue })
        let network = try GoldenSteps.network("distillation/student", task: .maskedLM, activation: activation)
        let trainer = Trainer(network: network, optimiser: .init(), maxGradientNorm: nil, threads: 2, longestText: 64) {
            let weights = MaskedLMHead.Weights(distillation: 0, maskedLM: 1, cosine: 0, usesAllPositions: false)
            return MaskedLMHead(replica: $0, capacity: $1, rows: 4, weights: weights, teacher: nil)
        }
        let targets = MaskedLMHead.Targets(labels: expected.labels.flatMap(\.self).map { max($0, -1) })
        let own = trainer.step(TokenBatch(expected.input_ids), targets, step: 1, learningRate: 0, dropout: nil)
        #expect(GoldenSteps.agree(own.losses.total, expected.loss))
        let gradient = trainer.gradient
        for parameter in network.layout.parameters {
            let squares = parameter.range.reduce(0.0) {
                $0 + Double(gradient.values.start[$1] * gradient.values.start[$1])
            }
            let wanted = expected.norms[parameter.name] ?? .nan
            #expect(
                GoldenSteps.agree(squares.squareRoot(), wanted),
                "\(parameter.name): \(squares.squareRoot()), \(wanted)"
            )
        }
    }
}
