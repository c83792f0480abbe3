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
    /// Of layers that look at all of a text, and of those that look at the neighbourhood; nothing in other families.
    private let globalRotation: Rotation
    private let localRotation: Rotation

    init(weights: Weights, architecture: Architecture, kernels: Kernels) {
        self.weights = weights
        self.architecture = architecture
        self.kernels = kernels
        names = ParameterNames(architecture.plan, in: weights.names)
        func rotation(_ theta: KeyPath<Rotary, Float>) -> Rotation {
            guard case .rotary(let plan) = architecture.encoder.attention else {
                return Rotation(theta: 1, headWidth: 0, positions: 0)
            }
            return Rotation(
                theta: plan[keyPath: theta],
                headWidth: architecture.headWidth,
                positions: architecture.positions
            )
        }
        (globalRotation, localRotation) = (rotation(\.globalTheta), rotation(\.localTheta))
    }

    func embeddings() throws(FileError) -> Embeddings {
        let width = architecture.embeddingWidth
        let havePositions = architecture.encoder.positions == .embeddings
        var positions =
            havePositions
            ? try weights.floats(names.positionEmbeddings + ".weight", shape: [architecture.positionRows, width])
            : [Float](repeating: 0, count: width)
        if let types = architecture.typeVocabularySize {
            let type = try weights.floats(names.tokenTypeEmbeddings + ".weight", shape: [types, width])
            for index in positions.indices { positions[index] += type[index % width] }
        }
        return Embeddings(
            words: try words(),
            positions: FloatBuffer(positions),
            havePositions: havePositions,
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

    /// The first `count` layers.
    func layers(_ count: Int, _ precision: Precision) throws(FileError) -> Layers {
        switch precision {
        case .f32: .f32(try layers(count, FloatPacker(kernels: kernels)))
        case .int8: .int8(try layers(count, QuantisedPacker(kernels: kernels)))
        }
    }

    private func layers<Packer: LayerPacker>(
        _ count: Int,
        _ packer: Packer
    ) throws(FileError) -> [Layer<Packer.LinearLayer>] {
        let table = try relativeTable()
        let results = Mutex<[Int: Result<Layer<Packer.LinearLayer>, FileError>]>([:])
        DispatchQueue.concurrentPerform(iterations: architecture.block(ofLayer: count - 1) + 1) { index in
            let result = Result { () throws(FileError) in try layer(index, packer, table) }
            results.withLock { $0[index] = result }
        }
        var blocks: [Layer<Packer.LinearLayer>] = []
        for (_, result) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { blocks.append(try result.get()) }
        // Layers of one block share its memory.
        return (0..<count).map { blocks[architecture.block(ofLayer: $0)] }
    }

    private func layer<Packer: LayerPacker>(
        _ index: Int,
        _ packer: Packer,
        _ table: FloatBuffer?
    ) throws(FileError) -> Layer<Packer.LinearLayer> {
        let (width, inner) = (architecture.width, architecture.feedForwardWidth)
        let biases = architecture.encoder.biases
        let block = names.block(index)
        let projections = try projections(block)
        let attention = packer.attention(query: projections.query, keyValue: projections.keyValue)
        let halves = architecture.encoder.isGated ? 2 : 1
        let feedForward = packer.feedForward(
            FeedForward(
                intermediate: try parameters([block.intermediate], halves * inner, width, hasBias: biases.feedForward),
                output: try parameters([block.output], width, inner, hasBias: biases.feedForward)
            )
        )
        // Where norms stand first, a layer's last one is that in front of the next, or behind them all.
        var outputNorm = block.outputNorm
        if architecture.encoder.normsFirst {
            outputNorm = index + 1 < architecture.blocks ? names.block(index + 1).outputNorm : names.finalNorm
        }
        let output = try parameters([block.attentionOutput], width, width, hasBias: biases.attention)
        return Layer(
            query: attention.query,
            keyValue: attention.keyValue,
            attentionOutput: packer.attentionOutput(output),
            attentionNorm: try norm(block.attentionNorm, width),
            intermediate: feedForward.intermediate,
            output: feedForward.output,
            outputNorm: try norm(outputNorm, width),
            positions: try positions(index, block, projections, table)
        )
    }

    /// What makes a block's queries, and its keys and values side by side, whether these are three matrices or one.
    private func projections(
        _ block: ParameterNames.Block
    ) throws(FileError) -> (query: LinearParameters, keyValue: LinearParameters) {
        let width = architecture.width
        let hasBias = architecture.encoder.biases.attention
        guard block.query == block.key else {
            return (
                try parameters([block.query], width, width, hasBias: hasBias),
                try parameters([block.key, block.value], width, width, hasBias: hasBias)
            )
        }
        let all = try parameters([block.query], 3 * width, width, hasBias: hasBias)
        return (
            (Array(all.weight[..<(width * width)]), Array(all.bias[..<width])),
            (Array(all.weight[(width * width)...]), Array(all.bias[width...]))
        )
    }

    /// The table of embeddings of distances, `[2 · span, C]`; nil in families that have none.
    private func relativeTable() throws(FileError) -> FloatBuffer? {
        guard case .disentangled(let plan) = architecture.encoder.attention else { return nil }
        let shape = [2 * plan.span, architecture.width]
        let table = FloatBuffer(try weights.floats(names.relativeEmbeddings + ".weight", shape: shape))
        if plan.normalises {
            let norm = try norm(names.relativeNorm, architecture.width)
            norm.apply(rows: shape[0], table.start, residual: nil, to: table.start)
        }
        return table
    }

    /// What a block's attention knows of positions.
    private func positions(
        _ index: Int,
        _ block: ParameterNames.Block,
        _ projections: (query: LinearParameters, keyValue: LinearParameters),
        _ table: FloatBuffer?
    ) throws(FileError) -> LayerPositions {
        let width = architecture.width
        switch architecture.encoder.attention {
        case .plain: return .none
        case .rotary(let plan):
            let isLocal = plan.isLocal[index]
            return .rotary(isLocal ? localRotation : globalRotation, reach: isLocal ? plan.reach : nil)
        case .disentangled(let plan):
            guard let table else { return .none }
            let rows = 2 * plan.span
            func project(_ parameters: LinearParameters) -> FloatBuffer {
                let linear = Linear(weight: parameters.weight, bias: parameters.bias, kernels: kernels)
                return FloatBuffer(count: rows * width) { linear.apply(rows: rows, table.start, stride: width, to: $0) }
            }
            guard !plan.sharesProjections else {
                let (weight, bias) = projections.keyValue
                let key = (weight: Array(weight[..<(width * width)]), bias: Array(bias[..<width]))
                return .relative(RelativeRows(keys: project(key), queries: project(projections.query)))
            }
            return .relative(
                RelativeRows(
                    keys: project(try parameters([block.positionKey], width, width)),
                    queries: project(try parameters([block.positionQuery], width, width))
                )
            )
        }
    }

    func head() throws(FileError) -> Head {
        let width = architecture.width
        switch architecture.task {
        case .sequenceClassification:
            return .classifier(
                ClassifierHead(
                    pooler: try linear(names.pooler, width, width, hasBias: architecture.encoder.biases.pooler),
                    activation: architecture.plan.poolerActivation,
                    norm: try names.poolerNorm.map { (name) throws(FileError) in try norm(name, width) },
                    classifier: try linear(names.classifier, architecture.labels.count, width)
                )
            )
        case .maskedLM:
            let (vocabulary, inner) = (architecture.vocabularySize, architecture.embeddingWidth)
            // The word embeddings are the decoder where the two are tied. Where they are not, its own bias counts, and one
            // beside it, which checkpoints have for the tied, does not.
            let isTied = architecture.tiesWordEmbeddings
            let decoder =
                isTied
                ? try wordEmbeddings() : try weights.floats(names.decoder + ".weight", shape: [vocabulary, inner])
            let ownBias = names.decoder + ".bias"
            let biasName = !isTied && weights.shape(of: ownBias) != nil ? ownBias : names.decoderBias
            let bias =
                architecture.encoder.biases.decoder
                ? try weights.floats(biasName, shape: [vocabulary]) : [Float](repeating: 0, count: vocabulary)
            return .maskedLM(
                MaskedLMHead(
                    transform: try linear(
                        names.maskedLMTransform,
                        inner,
                        width,
                        hasBias: architecture.encoder.biases.pooler
                    ),
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
        case .always: confidence = 0
        }
        let head = ClassifierHead(
            pooler: try linear(names.exitPooler, architecture.width, architecture.width),
            activation: architecture.plan.poolerActivation,
            classifier: try linear(names.exitClassifier, architecture.labels.count, architecture.width)
        )
        return Model.Exit(layer: exit.layer, confidence: confidence, head: head)
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

    private func linear(
        _ name: String,
        _ outputs: Int,
        _ inputs: Int,
        hasBias: Bool = true
    ) throws(FileError) -> Linear {
        let (weight, bias) = try parameters([name], outputs, inputs, hasBias: hasBias)
        return Linear(weight: weight, bias: bias, kernels: kernels)
    }

    /// One linear layer from one or more of a checkpoint's, their outputs side by side.
    private func parameters(
        _ names: [String],
        _ outputs: Int,
        _ inputs: Int,
        hasBias: Bool = true
    ) throws(FileError) -> LinearParameters {
        var weight: [Float] = []
        var bias: [Float] = []
        for name in names {
            weight += try weights.floats(name + ".weight", shape: [outputs, inputs])
            bias +=
                hasBias
                ? try weights.floats(name + ".bias", shape: [outputs]) : [Float](repeating: 0, count: outputs)
        }
        return (weight, bias)
    }

    private func norm(_ name: String, _ width: Int) throws(FileError) -> LayerNorm {
        LayerNorm(
            gain: try weights.floats(name + ".weight", shape: [width]),
            bias: architecture.encoder.biases.norms
                ? try weights.floats(name + ".bias", shape: [width]) : [Float](repeating: 0, count: width),
            epsilon: architecture.layerNormEpsilon,
            kernels: kernels
        )
    }
}
