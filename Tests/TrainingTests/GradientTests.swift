// SPDX-License-Identifier: Apache-2.0
import Bert
import Testing

@testable import Training

/// Gradients against central differences: (loss(p + h) - loss(p - h)) / 2h, for some elements of every parameter.
@Suite struct GradientTests {
    private static let texts: [[Int32]] = [[2, 17, 33, 8, 3], [2, 45, 3], [2, 9, 9, 60, 71, 82, 17, 3]]

    private func network(_ directory: String, task: Architecture.Task, dropout: DropoutRates) throws -> Network {
        var architecture = try Architecture(directory: directory)
        architecture.task = task
        architecture.labels = ["negative", "neutral", "positive"]
        return try Network(
            architecture: architecture,
            dropout: dropout,
            arithmetic: Arithmetic(kernels: Kernels()),
            weights: Weights(directory: directory),
            seed: 3
        )
    }

    /// Compares elements of each parameter's gradient, as the last step left it, with differences of the total loss.
    private func compare(_ network: Network, _ gradient: GradientSum, loss: () -> Double) {
        var random = SplitMix64(seed: 5)
        for parameter in network.layout.parameters {
            // Of the word embeddings, a row that was read.
            let places =
                parameter.start == network.layout.words
                ? [parameter.start + 17 * network.architecture.width + 3]
                : (0..<3).map { _ in Int.random(in: parameter.range, using: &random) }
            for place in places {
                let own = network.parameters.start[place]
                let step: Float = 1e-2
                func shifted(to value: Float) -> Double {
                    network.parameters.start[place] = value
                    network.pack()
                    return loss()
                }
                let difference = (shifted(to: own + step) - shifted(to: own - step)) / Double(2 * step)
                network.parameters.start[place] = own
                let value = Double(gradient.values.start[place])
                #expect(
                    abs(value - difference) <= 0.02 * abs(difference) + 2e-3,
                    "\(parameter.name): \(value), \(difference)"
                )
            }
        }
        network.pack()
    }

    @Test(
        "A classifier's gradients are those of its loss, with dropout and a teacher",
        arguments: ["distillation/teacher", "fine-tuning/start"],
        [0, 0.2] as [Float]
    )
    func classifier(name: String, rate: Float) throws {
        let rates = DropoutRates(hidden: rate, attention: rate, classifier: rate)
        let network = try network(GoldenSteps.directory(name), task: .sequenceClassification, dropout: rates)
        let trainer = Trainer(network: network, optimiser: .init(), maxGradientNorm: nil, threads: 2, longestText: 64) {
            ClassificationHead(replica: $0, capacity: $1)
        }
        let targets = ClassificationHead.Targets(
            labels: [0, nil, 2],
            classWeights: [1, 2, 0.5],
            teacherLogits: [1, 0, -1, 0.5, 0.2, 0, -1, 0, 2],
            teacherShare: 0.4,
            temperature: 2
        )
        let batch = TokenBatch(Self.texts)
        let dropout = Dropout(seed: 1, step: 1)
        // A rate of zero leaves the weights as they are, and the gradient there to look at.
        _ = trainer.step(batch, targets, step: 1, learningRate: 0, dropout: dropout)
        let gradient = trainer.gradient
        compare(network, gradient) {
            trainer.losses(batch, targets, dropout: dropout).total
        }
    }

    @Test(
        "A masked LM's gradients are those of its three losses, at all positions or the masked ones",
        arguments: [true, false]
    )
    func maskedLM(usesAllPositions: Bool) throws {
        let network = try network(GoldenSteps.directory("distillation/student"), task: .maskedLM, dropout: .none)
        let teacher = try Model(directory: GoldenSteps.directory("distillation/teacher"), kernels: network.kernels)
        let trainer = try Trainer(
            network: network,
            optimiser: .init(),
            maxGradientNorm: nil,
            threads: 2,
            longestText: 64
        ) {
            MaskedLMHead(
                replica: $0,
                capacity: $1,
                rows: 4,
                weights: .init(usesAllPositions: usesAllPositions),
                teacher: try MaskedLanguageModel(model: teacher)
            )
        }
        let batch = TokenBatch(Self.texts)
        var labels = [Int32](repeating: -1, count: batch.ids.count)
        for place in [1, 3, 6, 10] { labels[place] = Int32(20 + place) }
        let targets = MaskedLMHead.Targets(labels: labels)
        _ = trainer.step(batch, targets, step: 1, learningRate: 0, dropout: nil)
        compare(network, trainer.gradient) { trainer.losses(batch, targets, dropout: nil).total }
    }

    @Test("The same seed and thread count give the same bits; dropout does not depend on the threads")
    func determinism() throws {
        func run(threads: Int) throws -> ([Float], Double) {
            let rates = DropoutRates(hidden: 0.1, attention: 0.1, classifier: 0.1)
            let network = try network(
                GoldenSteps.directory("fine-tuning/start"),
                task: .sequenceClassification,
                dropout: rates
            )
            let trainer = Trainer(
                network: network,
                optimiser: .init(),
                maxGradientNorm: 1,
                threads: threads,
                longestText: 64
            ) { ClassificationHead(replica: $0, capacity: $1) }
            let targets = ClassificationHead.Targets(labels: [0, 1, 2], classWeights: [1, 1, 1])
            var loss = 0.0
            for step in 1...4 {
                let dropout = Dropout(seed: 9, step: step)
                loss +=
                    trainer.step(TokenBatch(Self.texts), targets, step: step, learningRate: 1e-3, dropout: dropout)
                    .losses.total
            }
            return (Array(UnsafeBufferPointer(start: network.parameters.start, count: network.layout.count)), loss)
        }
        let (first, loss) = try run(threads: 2)
        #expect(try run(threads: 2).0 == first)
        #expect(abs(try run(threads: 3).1 - loss) < 1e-4)
    }
}
