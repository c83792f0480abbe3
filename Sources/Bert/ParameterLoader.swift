// SPDX-License-Identifier: Apache-2.0

/// Reads a checkpoint's tensors into the layers of a model, checking each shape.
struct ParameterLoader {
    private let weights: Weights
    private let architecture: Architecture
    private let kernels: Kernels
    private let names: ParameterNames

    init(weights: Weights, architecture: Architecture, kernels: Kernels) {
        self.weights = weights
        self.architecture = architecture
        self.kernels = kernels
        names = ParameterNames(family: architecture.family, in: weights.names)
    }

    func embeddings() throws(ModelError) -> Embeddings {
        let width = architecture.width
        var positions = try weights.floats(
            names.positionEmbeddings + ".weight",
            shape: [architecture.positions, width]
        )
        if let types = architecture.typeVocabularySize {
            let type = try weights.floats(names.tokenTypeEmbeddings + ".weight", shape: [types, width])
            for index in positions.indices { positions[index] += type[index % width] }
        }
        return Embeddings(
            words: FloatBuffer(try wordEmbeddings()),
            positions: FloatBuffer(positions),
            norm: try norm(names.embeddingsNorm, width),
            width: width
        )
    }

    func layers(_ precision: Precision) throws(ModelError) -> Layers {
        switch precision {
        case .f32:
            return .f32(
                try layers(Linear.init) { part in
                    (
                        Linear(weight: part.intermediate.weight, bias: part.intermediate.bias, kernels: kernels),
                        Linear(weight: part.output.weight, bias: part.output.bias, kernels: kernels)
                    )
                }
            )
        case .int8:
            let apart = FeedForward.apart(of: architecture.feedForwardWidth)
            return .int8(
                try layers(QuantisedLinear.init) { part in
                    let ordered = part.outliersLast()
                    let (intermediate, output) = (ordered.intermediate, ordered.output)
                    return (
                        QuantisedLinear(weight: intermediate.weight, bias: intermediate.bias, kernels: kernels),
                        QuantisedLinear(weight: output.weight, bias: output.bias, apart: apart, kernels: kernels)
                    )
                }
            )
        }
    }

    private func layers<L>(
        _ pack: Pack<L>,
        _ packFeedForward: (FeedForward) -> (intermediate: L, output: L)
    ) throws(ModelError) -> [Layer<L>] {
        let width = architecture.width
        let inner = architecture.feedForwardWidth
        var layers: [Layer<L>] = []
        for index in 0..<architecture.layers {
            let block = names.block(index)
            let feedForward = packFeedForward(
                FeedForward(
                    intermediate: try parameters([block.intermediate], inner, width),
                    output: try parameters([block.output], width, inner)
                )
            )
            layers.append(
                Layer(
                    query: try linear([block.query], width, width, pack),
                    keyValue: try linear([block.key, block.value], width, width, pack),
                    attentionOutput: try linear([block.attentionOutput], width, width, pack),
                    attentionNorm: try norm(block.attentionNorm, width),
                    intermediate: feedForward.intermediate,
                    output: feedForward.output,
                    outputNorm: try norm(block.outputNorm, width)
                )
            )
        }
        return layers
    }

    func head() throws(ModelError) -> Head {
        let width = architecture.width
        switch architecture.task {
        case .sequenceClassification:
            return .classifier(
                ClassifierHead(
                    pooler: try linear([names.pooler], width, width, Linear.init),
                    activation: architecture.family == .bert ? .tanh : .relu,
                    classifier: try linear([names.classifier], architecture.labels.count, width, Linear.init)
                )
            )
        case .maskedLM:
            let vocabulary = architecture.vocabularySize
            // The word embeddings are the decoder where the two are tied.
            let decoder =
                architecture.tiesWordEmbeddings
                ? try wordEmbeddings() : try weights.floats(names.decoder + ".weight", shape: [vocabulary, width])
            let bias = try weights.floats(names.decoderBias, shape: [vocabulary])
            return .maskedLM(
                MaskedLMHead(
                    transform: try linear([names.maskedLMTransform], width, width, Linear.init),
                    norm: try norm(names.maskedLMNorm, width),
                    decoder: Linear(weight: decoder, bias: bias, kernels: kernels)
                )
            )
        case .bare:
            return .none
        }
    }

    private func wordEmbeddings() throws(ModelError) -> [Float] {
        try weights.floats(names.wordEmbeddings + ".weight", shape: [architecture.vocabularySize, architecture.width])
    }

    /// Makes a linear layer of `weight` `[outputs, inputs]` and `bias` `[outputs]`.
    private typealias Pack<L> = (_ weight: [Float], _ bias: [Float], Kernels) -> L

    /// One linear layer from one or more of a checkpoint's, their outputs side by side.
    private func linear<L>(_ names: [String], _ outputs: Int, _ inputs: Int, _ pack: Pack<L>) throws(ModelError) -> L {
        let (weight, bias) = try parameters(names, outputs, inputs)
        return pack(weight, bias, kernels)
    }

    private func parameters(
        _ names: [String],
        _ outputs: Int,
        _ inputs: Int
    ) throws(ModelError) -> (weight: [Float], bias: [Float]) {
        var weight: [Float] = []
        var bias: [Float] = []
        for name in names {
            weight += try weights.floats(name + ".weight", shape: [outputs, inputs])
            bias += try weights.floats(name + ".bias", shape: [outputs])
        }
        return (weight, bias)
    }

    private func norm(_ name: String, _ width: Int) throws(ModelError) -> LayerNorm {
        LayerNorm(
            gain: try weights.floats(name + ".weight", shape: [width]),
            bias: try weights.floats(name + ".bias", shape: [width]),
            epsilon: architecture.layerNormEpsilon,
            kernels: kernels
        )
    }
}
