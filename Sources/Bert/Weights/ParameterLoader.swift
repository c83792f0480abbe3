// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Files
internal import Synchronization

/// Reads a checkpoint's tensors into the layers of a model, checking each shape. Layers are packed in parallel.
struct ParameterLoader {
    private let weights: Weights
    private let architecture: Architecture
    private let kernels: Kernels
    private let names: ParameterNames

    init(weights: Weights, architecture: Architecture, kernels: Kernels) {
        self.weights = weights
        self.architecture = architecture
        self.kernels = kernels
        names = ParameterNames(architecture.plan, in: weights.names)
    }

    func embeddings() throws(FileError) -> Embeddings {
        let width = architecture.embeddingWidth
        var positions = try weights.floats(
            names.positionEmbeddings + ".weight",
            shape: [architecture.positionRows, width]
        )
        if let types = architecture.typeVocabularySize {
            let type = try weights.floats(names.tokenTypeEmbeddings + ".weight", shape: [types, width])
            for index in positions.indices { positions[index] += type[index % width] }
        }
        return Embeddings(
            words: try words(),
            positions: FloatBuffer(positions),
            paddingID: architecture.paddingID,
            norm: try norm(names.embeddingsNorm, width),
            width: width,
            projection: architecture.projectsEmbeddings
                ? try linear(names.embeddingsProjection, architecture.width, width) : nil
        )
    }

    /// The bias on attention's scores, times √D: scores are scaled after it is added.
    func attentionBias() throws(FileError) -> RelativeBias? {
        guard let buckets = architecture.relativeBuckets else { return nil }
        let heads = architecture.heads
        let table = FloatBuffer(try weights.floats(names.relativeBias + ".weight", shape: [buckets, heads]))
        let factor = Float(architecture.headWidth).squareRoot()
        return RelativeBias(table: table.start, heads: heads, reach: architecture.positions, factor: factor)
    }

    func layers(_ precision: Precision) throws(FileError) -> Layers {
        switch precision {
        case .f32: .f32(try layers(FloatPacker(kernels: kernels)))
        case .int8: .int8(try layers(QuantisedPacker(kernels: kernels)))
        }
    }

    private func layers<Packer: LayerPacker>(_ packer: Packer) throws(FileError) -> [Layer<Packer.LinearLayer>] {
        let results = Mutex<[Int: Result<Layer<Packer.LinearLayer>, FileError>]>([:])
        DispatchQueue.concurrentPerform(iterations: architecture.blocks) { index in
            let result = Result { () throws(FileError) in try layer(index, packer) }
            results.withLock { $0[index] = result }
        }
        var blocks: [Layer<Packer.LinearLayer>] = []
        for (_, result) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { blocks.append(try result.get()) }
        // Layers of one block share its memory.
        return (0..<architecture.layers).map { blocks[architecture.block(ofLayer: $0)] }
    }

    private func layer<Packer: LayerPacker>(
        _ index: Int,
        _ packer: Packer
    ) throws(FileError) -> Layer<Packer.LinearLayer> {
        let (width, inner) = (architecture.width, architecture.feedForwardWidth)
        let block = names.block(index)
        let attention = packer.attention(
            query: try parameters([block.query], width, width),
            keyValue: try parameters([block.key, block.value], width, width)
        )
        let feedForward = packer.feedForward(
            FeedForward(
                intermediate: try parameters([block.intermediate], inner, width),
                output: try parameters([block.output], width, inner)
            )
        )
        return Layer(
            query: attention.query,
            keyValue: attention.keyValue,
            attentionOutput: packer.attentionOutput(try parameters([block.attentionOutput], width, width)),
            attentionNorm: try norm(block.attentionNorm, width),
            intermediate: feedForward.intermediate,
            output: feedForward.output,
            outputNorm: try norm(block.outputNorm, width)
        )
    }

    func head() throws(FileError) -> Head {
        switch architecture.task {
        case .sequenceClassification:
            return .classifier(try classifier(names.pooler, names.classifier))
        case .maskedLM:
            let (vocabulary, inner) = (architecture.vocabularySize, architecture.embeddingWidth)
            // The word embeddings are the decoder where the two are tied.
            let decoder =
                architecture.tiesWordEmbeddings
                ? try wordEmbeddings() : try weights.floats(names.decoder + ".weight", shape: [vocabulary, inner])
            let bias = try weights.floats(names.decoderBias, shape: [vocabulary])
            return .maskedLM(
                MaskedLMHead(
                    transform: try linear(names.maskedLMTransform, inner, architecture.width),
                    activation: architecture.transformActivation,
                    norm: try norm(names.maskedLMNorm, inner),
                    decoder: Linear(weight: decoder, bias: bias, kernels: kernels)
                )
            )
        case .bare:
            return .none
        }
    }

    /// The early exit by a rule; nil where no text leaves.
    func exit(_ rule: ExitRule) throws(FileError) -> Model.Exit? {
        guard let exit = architecture.earlyExit, architecture.task == .sequenceClassification else { return nil }
        let confidence: Float
        switch rule {
        case .off: return nil
        case .auto: confidence = exit.confidence
        case .confidence(let asked): confidence = asked
        }
        let head = try classifier(names.exitPooler, names.exitClassifier)
        return Model.Exit(layer: exit.layer, confidence: confidence, head: head)
    }

    private func classifier(_ pooler: String, _ classifier: String) throws(FileError) -> ClassifierHead {
        ClassifierHead(
            pooler: try linear(pooler, architecture.width, architecture.width),
            activation: architecture.plan.poolerActivation,
            classifier: try linear(classifier, architecture.labels.count, architecture.width)
        )
    }

    private func words() throws(FileError) -> WordEmbeddings {
        let (vocabulary, width) = (architecture.vocabularySize, architecture.embeddingWidth)
        if let halves = try weights.halves(names.wordEmbeddings + ".weight", shape: [vocabulary, width]) {
            return WordEmbeddings(halves: halves, width: width)
        }
        return WordEmbeddings(try wordEmbeddings(), width: width)
    }

    private func wordEmbeddings() throws(FileError) -> [Float] {
        let shape = [architecture.vocabularySize, architecture.embeddingWidth]
        return try weights.floats(names.wordEmbeddings + ".weight", shape: shape)
    }

    private func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws(FileError) -> Linear {
        let (weight, bias) = try parameters([name], outputs, inputs)
        return Linear(weight: weight, bias: bias, kernels: kernels)
    }

    /// One linear layer from one or more of a checkpoint's, their outputs side by side.
    private func parameters(
        _ names: [String],
        _ outputs: Int,
        _ inputs: Int
    ) throws(FileError) -> LinearParameters {
        var weight: [Float] = []
        var bias: [Float] = []
        for name in names {
            weight += try weights.floats(name + ".weight", shape: [outputs, inputs])
            bias += try weights.floats(name + ".bias", shape: [outputs])
        }
        return (weight, bias)
    }

    private func norm(_ name: String, _ width: Int) throws(FileError) -> LayerNorm {
        LayerNorm(
            gain: try weights.floats(name + ".weight", shape: [width]),
            bias: try weights.floats(name + ".bias", shape: [width]),
            epsilon: architecture.layerNormEpsilon,
            kernels: kernels
        )
    }
}
