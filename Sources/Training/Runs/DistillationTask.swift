// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import Synchronization

/// The student, the teacher and the texts of a distillation, or of a plain masked-LM training.
final class DistillationTask: TrainingTask {
    let trainer: Trainer<MaskedLMHead>
    let average: WeightAverage? = nil
    private let options: Distillation.Options
    /// The directory that configuration and tokenizer come from.
    private let source: String
    private let texts: [[Int32]]
    private let heldOut: (batch: TokenBatch, targets: MaskedLMHead.Targets)
    private let masking: Masking
    private var order: EpochOrder

    var stepsPerEpoch: Int { order.stepsPerEpoch }

    init(_ options: Distillation.Options, kernels: Kernels, observer: (RunEvent) -> Void) throws {
        guard let source = options.model ?? options.teacher else {
            throw TrainingError("teacher: none is named, nor a model to start from")
        }
        self.options = options
        self.source = source
        let tokenizer = try Tokenizer(directory: source)
        guard let maskID = tokenizer.maskID else {
            throw TrainingError("\(source): its tokenizer has no mask token")
        }
        let teacher = try options.teacher.map { try Model(directory: $0, kernels: kernels) }
        var architecture = try Architecture(directory: source)
        try architecture.check(tokenizer, in: source)
        let layers = try Self.layers(options, of: architecture)
        architecture.task = .maskedLM
        architecture.earlyExit = nil
        architecture.tiesWordEmbeddings = true
        architecture.layers = layers?.count ?? architecture.layers
        try teacher.map { try Self.check($0, teaches: architecture) }

        let maxTokens = min(options.run.maxTokens, tokenizer.maxTokens(positions: architecture.positions))
        let threads = Threads(count: options.run.threads)
        let reader = SampleReader(tokenizer: tokenizer, maxTokens: maxTokens, threads: threads)
        var corpus = DatasetReader()
        let examples = try options.corpus.flatMap { try corpus.examples($0) }
        // Two tokens are [CLS] and [SEP] alone.
        var texts = reader.samples(examples) { _ in nil }.map(\.ids).filter { $0.count > 2 }
        guard texts.count > 1 else { throw TrainingError("the corpus holds no texts to train on") }
        var shuffling = SplitMix64(seed: options.run.seed)
        texts.shuffle(using: &shuffling)
        masking = Masking(
            maskID: maskID,
            special: Set([tokenizer.clsID, tokenizer.sepID, maskID] + [tokenizer.padID].compactMap(\.self)),
            vocabularySize: min(tokenizer.vocabulary.count, architecture.vocabularySize),
            share: options.maskedShare
        )
        let held = min(options.heldOut, texts.count / 2)
        var random = SplitMix64(seed: options.run.seed)
        let (batch, labels) = masking(Array(texts[..<held]), using: &random)
        heldOut = (batch, MaskedLMHead.Targets(labels: labels))
        self.texts = Array(texts[held...])
        order = EpochOrder(count: texts.count - held, batchSize: options.run.batchSize, seed: options.run.seed)
        let tokens = texts.reduce(0) { $0 + $1.count }
        observer(.note("\(texts.count) texts, \(tokens) tokens; \(held) of the texts held back to evaluate on"))

        let network = try Network(
            architecture: architecture,
            dropout: DropoutRates(directory: source, plan: architecture.plan),
            arithmetic: Arithmetic(kernels: kernels, usesBF16: options.run.usesBF16),
            weights: Weights(directory: source),
            layers: layers,
            seed: options.run.seed
        )
        trainer = try Trainer(
            network: network,
            optimiser: AdamW.Settings(beta2: 0.98, epsilon: 1e-6, weightDecay: options.run.weightDecay),
            maxGradientNorm: options.run.maxGradientNorm,
            threads: options.run.threads,
            longestText: maxTokens
        ) { replica, capacity in
            MaskedLMHead(
                replica: replica,
                capacity: capacity,
                rows: Trainer<MaskedLMHead>.decoderRows,
                weights: options.weights,
                teacher: try teacher.map { try MaskedLanguageModel(model: $0) }
            )
        }
    }

    /// Which of the teacher's layers a student begins with; nil to take all of the model.
    private static func layers(_ options: Distillation.Options, of source: Architecture) throws -> [Int]? {
        guard options.model == nil, let count = options.layers else { return nil }
        guard (1...source.layers).contains(count) else {
            throw TrainingError("layers: \(count) of \(source.layers); a student has 1 to as many as its teacher")
        }
        guard source.layerGroups ?? 1 == 1 else {
            throw TrainingError("layers: groups of the teacher's layers share parameters (num_hidden_groups); take all")
        }
        return (0..<count).map { $0 * source.layers / count }
    }

    private static func check(_ teacher: Model, teaches student: Architecture) throws {
        _ = try MaskedLanguageModel(model: teacher)
        let (theirs, own) = (teacher.architecture, student)
        guard theirs.vocabularySize == own.vocabularySize, theirs.width == own.width, theirs.positions >= own.positions
        else {
            throw TrainingError(
                "\(teacher.directory): a teacher must have its student's vocabulary and width; it has "
                    + "\(theirs.vocabularySize) and \(theirs.width), the student \(own.vocabularySize) and \(own.width)"
            )
        }
    }

    func batch(at step: Int) -> (TokenBatch, MaskedLMHead.Targets) {
        var first = SplitMix64(seed: options.run.seed)
        var random = SplitMix64(seed: first.next() ^ UInt64(step))
        let (batch, labels) = masking(order.indices(at: step).map { texts[$0] }, using: &random)
        return (batch, MaskedLMHead.Targets(labels: labels))
    }

    func evaluate() -> (score: Double, figures: [RunEvaluation.Figure]) {
        let sum = Mutex(MaskedLMHead.Guesses())
        trainer.forEachChunk(heldOut.batch) { head, chunk, block in
            let guesses = head.guesses(chunk, heldOut.targets, hidden: block.hidden)
            sum.withLock { $0 += guesses }
        }
        let guesses = sum.withLock { $0 }
        let count = Double(max(guesses.count, 1))
        var figures: [RunEvaluation.Figure] = [
            .init(name: "masked_lm", value: guesses.loss / count),
            .init(name: "accuracy", value: Double(guesses.correct) / count),
        ]
        if options.teacher != nil {
            figures.append(.init(name: "agreement", value: Double(guesses.agreeing) / count))
        }
        return (-guesses.loss / count, figures)
    }

    func save() throws(FileError) {
        try ModelWriter(source: source).write(
            to: options.run.out,
            architecture: trainer.network.architecture,
            tensors: trainer.network.layout.tensors(of: trainer.network.parameters),
            precision: options.run.precision
        )
    }

    func named(_ losses: Losses) -> [String: Double] {
        var named = ["loss": losses.total, "masked_lm": losses.maskedLM]
        if options.teacher != nil {
            named["distillation"] = losses.distillation
            named["cosine"] = losses.cosine
            if options.relationWeight > 0 { named["relations"] = losses.relations }
        }
        return named
    }
}

extension Distillation.Options {
    fileprivate var weights: MaskedLMHead.Weights {
        guard teacher != nil else {
            return MaskedLMHead.Weights(distillation: 0, maskedLM: 1, cosine: 0, usesAllPositions: false)
        }
        return MaskedLMHead.Weights(
            distillation: distillationWeight,
            maskedLM: maskedLMWeight,
            cosine: cosineWeight,
            relations: relationWeight,
            temperature: temperature,
            usesAllPositions: positions == .all
        )
    }
}
