// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import TestSupport
import Testing

@testable import Training

/// Steps of PyTorch on MPNet: `make_golden.py` beside the references of `BertTests` says how they were made.
@Suite struct MPNetGoldenTests {
    private struct Expected: Decodable {
        struct Step: Decodable {
            let loss: Double
            let norm: Double
            let norms: [String: Double]?
            let texts: [String]?
            let labels: [Labels]
            let ids: [[Int32]]?

            enum CodingKeys: String, CodingKey {
                case loss, texts, labels
                case norm = "gradient_norm"
                case norms = "gradient_norm_per_parameter"
                case ids = "input_ids"
            }
        }

        /// One of a text, or one of each of its tokens.
        struct Labels: Decodable {
            var ofText: Int?
            var ofTokens: [Int32] = []

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                ofText = try? container.decode(Int.self)
                if ofText == nil { ofTokens = try container.decode([Int32].self) }
            }
        }

        let steps: [Step]
    }

    private static func expected(_ name: String) throws -> [Expected.Step] {
        let file = URL(filePath: GoldenSteps.directory("mpnet/\(name)/expected.json"))
        return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file)).steps
    }

    private static func network(_ name: String, _ products: GoldenSteps.Products) throws -> Network {
        let directory = GoldenSteps.directory("mpnet/\(name)")
        return try Network(
            architecture: Architecture(directory: directory),
            dropout: .none,
            arithmetic: products.arithmetic,
            weights: Weights(directory: directory),
            seed: 0
        )
    }

    private static func compare(
        _ step: Expected.Step,
        _ own: TrainingStep,
        _ gradient: GradientSum,
        _ products: GoldenSteps.Products
    ) {
        #expect(GoldenSteps.agree(own.losses.total, step.loss, within: products.bound), "\(own) \(step.loss)")
        #expect(GoldenSteps.agree(own.gradientNorm, step.norm, within: products.bound), "\(own) \(step.norm)")
        guard let norms = step.norms, !products.isRounded else { return }
        let parameters = gradient.network.layout.parameters
        #expect(Set(parameters.map(\.name)) == Set(norms.keys))
        for parameter in parameters {
            let squares = parameter.range.reduce(0.0) {
                $0 + Double(gradient.values.start[$1] * gradient.values.start[$1])
            }
            let wanted = norms[parameter.name] ?? .nan
            #expect(
                GoldenSteps.agree(squares.squareRoot(), wanted),
                "\(parameter.name): \(squares.squareRoot()), expected \(wanted)"
            )
        }
    }

    @Test(
        "Steps of fine-tuning give PyTorch's losses and gradient norms",
        arguments: GoldenSteps.Products.here,
        [1, 2]
    )
    func classifier(products: GoldenSteps.Products, threads: Int) throws {
        let network = try Self.network("classifier", products)
        let tokenizer = try Tokenizer(directory: GoldenSteps.directory("mpnet/classifier"))
        let trainer = Trainer(
            network: network,
            optimiser: AdamW.Settings(decaysAll: true),
            maxGradientNorm: nil,
            threads: threads,
            longestText: 160
        ) { ClassificationHead(replica: $0, capacity: $1) }
        for (index, step) in try Self.expected("classifier").enumerated().prefix(products.steps) {
            let texts = try #require(step.texts).compactMap {
                tokenizer.encoding(of: $0, within: TextLimit(maxTokens: 160, truncation: .head))?.sequences[0]
            }
            let labels = step.labels.map(\.ofText)
            let targets = ClassificationHead.Targets(labels: labels, classWeights: [1, 1, 1])
            let own = trainer.step(TokenBatch(texts), targets, step: index + 1, learningRate: 5e-4, dropout: nil)
            Self.compare(step, own, trainer.gradient, products)
        }
    }

    @Test("Steps of masked-LM training give PyTorch's losses and gradient norms", arguments: GoldenSteps.Products.here)
    func maskedLM(products: GoldenSteps.Products) throws {
        let network = try Self.network("masked-lm", products)
        let trainer = Trainer(
            network: network,
            optimiser: AdamW.Settings(decaysAll: true),
            maxGradientNorm: nil,
            threads: 2,
            longestText: 160
        ) {
            let weights = MaskedLMHead.Weights(distillation: 0, maskedLM: 1, cosine: 0, usesAllPositions: false)
            return MaskedLMHead(replica: $0, capacity: $1, rows: 50, weights: weights, teacher: nil)
        }
        for (index, step) in try Self.expected("masked-lm").enumerated().prefix(products.steps) {
            let labels = step.labels.flatMap(\.ofTokens)
            let targets = MaskedLMHead.Targets(labels: labels.map { max($0, -1) })
            let batch = TokenBatch(try #require(step.ids))
            let own = trainer.step(batch, targets, step: index + 1, learningRate: 5e-4, dropout: nil)
            Self.compare(step, own, trainer.gradient, products)
        }
    }

    @Test("A masked LM that is written is read with the same logits, to the bit, and a student of fewer layers too")
    func written() throws {
        let source = GoldenSteps.directory("mpnet/masked-lm")
        let kernels = try Kernels.ofTests()
        for layers in [[0, 1], [1]] {
            var architecture = try Architecture(directory: source)
            architecture.layers = layers.count
            let network = try Network(
                architecture: architecture,
                dropout: .none,
                arithmetic: Arithmetic(kernels: kernels),
                weights: Weights(directory: source),
                layers: layers,
                seed: 0
            )
            let out = FileManager.default.temporaryDirectory.appending(path: "mpnet-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: out) }
            try ModelWriter(source: source).write(
                to: out,
                architecture: architecture,
                tensors: network.layout.tensors(of: network.parameters)
            )
            let written = try Model(directory: out, kernels: kernels)
            #expect(written.architecture == architecture)
            let (names, all) = try (Weights(directory: out).names, Weights(directory: source).names)
            #expect(names == all.filter { layers.count == 2 || !$0.contains("layer.1.") })
            guard layers.count == 2 else { continue }
            let ids: [Int32] = [0, 17, 951, 33, 8, 2]
            let original = try MaskedLanguageModel(model: Model(directory: source, kernels: kernels))
            #expect(try MaskedLanguageModel(model: written).logits(ids, at: [2]) == original.logits(ids, at: [2]))
        }
    }
}
