// SPDX-License-Identifier: Apache-2.0
import Bert
import Testing

@testable import Training

/// Gradients against central differences d(h) = (loss(p + h) - loss(p - h)) / 2h, for some elements of every parameter.
///
/// d(h) is off by h²/6 of the third derivative; (4 · d(h/2) - d(h)) / 3 is rid of that. What is left:
/// - the losses' rounding: with each off by a unit in the last place u, by 4/3 · 2u / h + 1/3 · 2u / 2h = 3u / h, or 150u
///   for h = 0.02; twice that is let pass, and six times where sums are formed one term after the other, as the scalar
///   kernels do;
/// - a ReLU's kink within h, by which d(h) and d(h/2) differ as well: their distance covers it;
/// - the gradient's own rounding, less than a thousandth of it.
@Suite struct GradientTests {
    /// Compares elements of each parameter's gradient, as the last step left it, with differences of the total loss.
    private func compare(_ network: Network, _ gradient: GradientSum, loss: () -> Double) {
        var random = SplitMix64(seed: 5)
        for parameter in network.layout.parameters {
            // Of the word embeddings, a row that was read.
            let places =
                parameter.start == network.layout.words
                ? [parameter.start + 17 * network.architecture.embeddingWidth + 3]
                : (0..<3).map { _ in Int.random(in: parameter.range, using: &random) }
            for place in places { compare(network, gradient, at: place, of: parameter.name, loss: loss) }
        }
    }

    private func compare(
        _ network: Network,
        _ gradient: GradientSum,
        at place: Int,
        of name: String,
        loss: () -> Double
    ) {
        let own = network.parameters.start[place]
        func difference(_ step: Float) -> Double {
            let (above, below) = (own + step, own - step)
            let losses = [above, below].map { value in
                network.parameters.start[place] = value
                network.pack()
                return loss()
            }
            // The steps that were taken, which rounding changes.
            return (losses[0] - losses[1]) / (Double(above) - Double(below))
        }
        let (near, far) = (difference(0.01), difference(0.02))
        let expected = (4 * near - far) / 3
        let value = Double(gradient.values.start[place])
        network.parameters.start[place] = own
        network.pack()
        let rounding = (network.kernels.instructionSet == "scalar" ? 900 : 300) * Double(Float(loss()).ulp)
        let bound = rounding + abs(near - far) + 1e-3 * abs(expected)
        #expect(abs(value - expected) <= bound, "\(name): \(value), \(expected), \(bound)")
    }

    @Test(
        "A classifier's gradients are those of its loss, with dropout and a teacher",
        arguments: [
            "distillation/teacher", "fine-tuning/start", "mpnet/classifier", "electra/classifier", "albert/classifier",
        ],
        [0, 0.2] as [Float]
    )
    func classifier(name: String, rate: Float) throws {
        try classifier(name, rate, exitLayer: nil)
    }

    @Test("So they are with an early exit, whose loss is added", arguments: [0, 0.2] as [Float])
    func earlyExit(rate: Float) throws {
        try classifier("fine-tuning/start", rate, exitLayer: 1)
    }

    private func classifier(_ name: String, _ rate: Float, exitLayer: Int?) throws {
        let rates = DropoutRates(hidden: rate, attention: rate, classifier: rate)
        let network = try GoldenSteps.network(
            name,
            task: .sequenceClassification,
            dropout: rates,
            exitLayer: exitLayer
        )
        let trainer = Trainer(network: network, optimiser: .init(), maxGradientNorm: nil, threads: 2, longestText: 64) {
            ClassificationHead(replica: $0, capacity: $1)
        }
        let targets = ClassificationHead.Targets(
            labels: [0, nil, 2],
            classWeights: [1, 2, 0.5],
            adjustments: [-1, 0.5, 0, 0, -2, 0.3, 0.1, 0, -0.7],
            teacher: ClassificationHead.Targets.Teacher(
                logits: [1, 0, -1, 0.5, 0.2, 0, -1, 0, 2],
                shares: [0.4, 1, 0],
                temperature: 2
            )
        )
        let batch = TokenBatch(GoldenSteps.texts)
        let dropout = Dropout(seed: 1, step: 1)
        // A rate of zero leaves the weights as they are, and the gradient there to look at.
        _ = trainer.step(batch, targets, step: 1, learningRate: 0, dropout: dropout)
        let gradient = trainer.gradient
        compare(network, gradient) {
            trainer.losses(batch, targets, dropout: dropout).total
        }
    }

    @Test(
        "A masked LM's gradients are those of its losses, at all positions or the masked ones",
        arguments: [true, false],
        [
            ("distillation/student", "distillation/teacher"), ("mpnet/masked-lm", "mpnet/masked-lm"),
        ]
    )
    func maskedLM(usesAllPositions: Bool, models: (student: String, teacher: String)) throws {
        let network = try GoldenSteps.network(models.student, task: .maskedLM, dropout: .none)
        let teacher = try Model(directory: GoldenSteps.directory(models.teacher), kernels: network.kernels)
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
                weights: .init(relations: 30, usesAllPositions: usesAllPositions),
                teacher: try MaskedLanguageModel(model: teacher)
            )
        }
        let batch = TokenBatch(GoldenSteps.texts)
        var labels = [Int32](repeating: -1, count: batch.ids.count)
        for place in [1, 3, 6, 10] { labels[place] = Int32(20 + place) }
        let targets = MaskedLMHead.Targets(labels: labels)
        _ = trainer.step(batch, targets, step: 1, learningRate: 0, dropout: nil)
        compare(network, trainer.gradient) { trainer.losses(batch, targets, dropout: nil).total }
    }

    @Test(
        "Each smooth activation has the gradient of its losses, in the blocks and in the head",
        arguments: Architecture.Activation.allCases.filter { $0 != .relu }
    )
    func activations(activation: Architecture.Activation) throws {
        let network = try GoldenSteps.network("distillation/student", task: .maskedLM, activation: activation)
        let trainer = Trainer(network: network, optimiser: .init(), maxGradientNorm: nil, threads: 2, longestText: 64) {
            let weights = MaskedLMHead.Weights(distillation: 0, maskedLM: 1, cosine: 0, usesAllPositions: false)
            return MaskedLMHead(replica: $0, capacity: $1, rows: 4, weights: weights, teacher: nil)
        }
        let batch = TokenBatch(GoldenSteps.texts)
        let targets = MaskedLMHead.Targets(labels: batch.ids.indices.map { $0 % 3 == 1 ? Int32(20 + $0) : -1 })
        _ = trainer.step(batch, targets, step: 1, learningRate: 0, dropout: nil)
        compare(network, trainer.gradient) { trainer.losses(batch, targets, dropout: nil).total }
    }

    @Test(
        "A masked LM whose embeddings are narrower than its blocks, or whose layers share blocks, has the gradients of its loss",
        arguments: ["electra/masked-lm", "albert/masked-lm"],
        [0, 0.2] as [Float]
    )
    func narrowEmbeddings(name: String, rate: Float) throws {
        let rates = DropoutRates(hidden: rate, attention: rate, classifier: rate)
        let network = try GoldenSteps.network(name, task: .maskedLM, dropout: rates)
        let trainer = Trainer(network: network, optimiser: .init(), maxGradientNorm: nil, threads: 2, longestText: 64) {
            let weights = MaskedLMHead.Weights(distillation: 0, maskedLM: 1, cosine: 0, usesAllPositions: false)
            return MaskedLMHead(replica: $0, capacity: $1, rows: 4, weights: weights, teacher: nil)
        }
        let batch = TokenBatch(GoldenSteps.texts)
        let targets = MaskedLMHead.Targets(labels: batch.ids.indices.map { $0 % 3 == 1 ? Int32(20 + $0) : -1 })
        let dropout = Dropout(seed: 4, step: 2)
        _ = trainer.step(batch, targets, step: 1, learningRate: 0, dropout: dropout)
        compare(network, trainer.gradient) { trainer.losses(batch, targets, dropout: dropout).total }
    }

    @Test("The relative bias has the gradient of its loss in every bucket, over all blocks, with dropout")
    func relativeBias() throws {
        let rates = DropoutRates(hidden: 0.1, attention: 0.2, classifier: 0.1)
        let network = try GoldenSteps.network("mpnet/masked-lm", task: .maskedLM, dropout: rates)
        let trainer = Trainer(network: network, optimiser: .init(), maxGradientNorm: nil, threads: 2, longestText: 160)
        {
            let weights = MaskedLMHead.Weights(distillation: 0, maskedLM: 1, cosine: 0, usesAllPositions: false)
            return MaskedLMHead(replica: $0, capacity: $1, rows: 64, weights: weights, teacher: nil)
        }
        var random = SplitMix64(seed: 11)
        // The last buckets begin 91 tokens away.
        let texts = [140, 20].map { length in (0..<length).map { _ in Int32.random(in: 5..<940, using: &random) } }
        let batch = TokenBatch(texts)
        let labels = batch.ids.indices.map { $0 % 9 == 0 ? Int32(30 + $0) : -1 }
        let targets = MaskedLMHead.Targets(labels: labels)
        let dropout = Dropout(seed: 2, step: 3)
        _ = trainer.step(batch, targets, step: 1, learningRate: 0, dropout: dropout)
        let table = try #require(network.layout.relativeBias)
        let heads = network.architecture.heads
        for bucket in 0..<RelativeBias.buckets where bucket != RelativeBias.buckets / 2 {
            let place = table + bucket * heads + bucket % heads
            #expect(trainer.gradient.values.start[place] != 0)
            compare(network, trainer.gradient, at: place, of: "bucket \(bucket)") {
                trainer.losses(batch, targets, dropout: dropout).total
            }
        }
    }

    @Test("The same seed and thread count give the same bits; dropout does not depend on the threads")
    func determinism() throws {
        func run(threads: Int) throws -> ([Float], Double) {
            let rates = DropoutRates(hidden: 0.1, attention: 0.1, classifier: 0.1)
            let network = try GoldenSteps.network(
                "fine-tuning/start",
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
                    trainer.step(
                        TokenBatch(GoldenSteps.texts),
                        targets,
                        step: step,
                        learningRate: 1e-3,
                        dropout: dropout
                    )
                    .losses.total
            }
            return (Array(UnsafeBufferPointer(start: network.parameters.start, count: network.layout.count)), loss)
        }
        let (first, loss) = try run(threads: 2)
        #expect(try run(threads: 2).0 == first)
        #expect(abs(try run(threads: 3).1 - loss) < 1e-4)
    }
}
