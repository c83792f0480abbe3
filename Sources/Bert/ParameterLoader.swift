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

    func layers() throws(ModelError) -> [Layer] {
        let width = architecture.width
        let inner = architecture.feedForwardWidth
        var layers: [Layer] = []
        for index in 0..<architecture.layers {
            let block = names.block(index)
            layers.append(
                Layer(
                    queryKeyValue: try linear([block.query, block.key, block.value], width, width),
                    attentionOutput: try linear([block.attentionOutput], width, width),
                    attentionNorm: try norm(block.attentionNorm, width),
                    intermediate: try linear([block.intermediate], inner, width),
                    output: try linear([block.output], width, inner),
                    outputNorm: try norm(block.outputNorm, width)
                )
            )
        }
        return layers
    }

    func head() throws(ModelError) -> Head {
        let width = architecture.width
        switch (architecture.task, architecture.family) {
        case (.sequenceClassification, let family):
            return .classifier(
                ClassifierHead(
                    pooler: try linear([family == .bert ? names.pooler : "pre_classifier"], width, width),
                    activation: family == .bert ? .tanh : .relu,
                    classifier: try linear(["classifier"], architecture.labels.count, width)
                )
            )
        case (.maskedLM, .bert):
            return .maskedLM(
                try maskedLMHead(
                    transform: "cls.predictions.transform.dense",
                    norm: "cls.predictions.transform.LayerNorm",
                    decoder: "cls.predictions.decoder",
                    bias: "cls.predictions.bias"
                )
            )
        case (.maskedLM, .distilBert):
            return .maskedLM(
                try maskedLMHead(
                    transform: "vocab_transform",
                    norm: "vocab_layer_norm",
                    decoder: "vocab_projector",
                    bias: "vocab_projector.bias"
                )
            )
        case (.bare, _):
            return .none
        }
    }

    /// A masked-LM head; its decoder is the word embeddings where the two are tied.
    private func maskedLMHead(
        transform: String,
        norm: String,
        decoder: String,
        bias: String
    ) throws(ModelError) -> MaskedLMHead {
        let (width, vocabulary) = (architecture.width, architecture.vocabularySize)
        let matrix =
            architecture.tiesWordEmbeddings
            ? try wordEmbeddings() : try weights.floats(decoder + ".weight", shape: [vocabulary, width])
        return MaskedLMHead(
            transform: try linear([transform], width, width),
            norm: try self.norm(norm, width),
            decoder: Linear(weight: matrix, bias: try weights.floats(bias, shape: [vocabulary]), kernels: kernels)
        )
    }

    private func wordEmbeddings() throws(ModelError) -> [Float] {
        try weights.floats(names.wordEmbeddings + ".weight", shape: [architecture.vocabularySize, architecture.width])
    }

    /// One linear layer from one or more of a checkpoint's, their outputs side by side.
    private func linear(_ names: [String], _ outputs: Int, _ inputs: Int) throws(ModelError) -> Linear {
        var weight: [Float] = []
        var bias: [Float] = []
        for name in names {
            weight += try weights.floats(name + ".weight", shape: [outputs, inputs])
            bias += try weights.floats(name + ".bias", shape: [outputs])
        }
        return Linear(weight: weight, bias: bias, kernels: kernels)
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
