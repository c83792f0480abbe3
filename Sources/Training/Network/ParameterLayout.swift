// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// Where each parameter of a network lies in one array of floats.
///
/// Legend, in the whole of this folder: C = width, E = width of the embeddings, F = feed-forward width, V = vocabulary, K = labels, H = heads,
/// D = C / H, T = tokens of a chunk.
struct ParameterLayout: Sendable {
    /// One parameter under its Hugging Face name.
    struct Parameter: Sendable {
        let name: String
        let shape: [Int]
        /// Index of its first element; the others follow, row-major.
        let start: Int
        /// Whether it is a matrix: biases and norms are commonly spared weight decay.
        let isMatrix: Bool

        var count: Int { shape.reduce(1, *) }
        var range: Range<Int> { start..<start + count }
    }

    /// A linear layer's matrix `[outputs, inputs]` and bias `[outputs]`.
    struct LinearPlace: Sendable {
        let weight: Int
        let bias: Int
        let outputs: Int
        let inputs: Int
    }

    /// A layer norm's gain and bias, `[width]` each.
    struct NormPlace: Sendable {
        let width: Int
        let gain: Int
        let bias: Int
    }

    struct LayerPlaces: Sendable {
        /// `[3C, C]`: the matrices of queries, keys and values lie one after the other, and so do their biases.
        let queryKeyValue: LinearPlace
        let attentionOutput: LinearPlace
        let attentionNorm: NormPlace
        let intermediate: LinearPlace
        let output: LinearPlace
        let outputNorm: NormPlace
    }

    enum HeadPlaces: Sendable {
        case classifier(pooler: LinearPlace, classifier: LinearPlace)
        /// The decoder's matrix is the word embeddings.
        case maskedLM(transform: LinearPlace, norm: NormPlace, decoder: LinearPlace)
        case none
    }

    let parameters: [Parameter]
    /// `[rows, E]`.
    let positions: Int
    /// `[types, E]`; nil in families without token types.
    let types: Int?
    let embeddingsNorm: NormPlace
    /// `[C, E]`; nil where the embeddings are the first hidden states.
    let embeddingsProjection: LinearPlace?
    /// `[buckets, H]`; nil in families without a relative bias on attention's scores.
    let relativeBias: Int?
    /// Of the blocks, of which several layers may be made.
    let blocks: [LayerPlaces]
    let head: HeadPlaces
    /// Of a classifier's early exit.
    let earlyExit: (pooler: LinearPlace, classifier: LinearPlace)?
    /// `[V, E]`, the last of all: most steps touch few of its rows, so that it is treated apart.
    let words: Int
    /// Floats of the array.
    let count: Int

    init(_ architecture: Architecture) {
        var builder = Builder()
        let names = ParameterNames(architecture)
        let (width, narrow) = (architecture.width, architecture.embeddingWidth)
        positions = builder.matrix(names.positionEmbeddings, architecture.positionRows, narrow)
        types = architecture.typeVocabularySize.map { builder.matrix(names.tokenTypeEmbeddings, $0, narrow) }
        embeddingsNorm = builder.norm(names.embeddingsNorm, narrow)
        embeddingsProjection =
            architecture.projectsEmbeddings ? builder.linear([names.embeddingsProjection], width, narrow) : nil
        relativeBias = architecture.relativeBuckets.map { builder.matrix(names.relativeBias, $0, architecture.heads) }
        blocks = (0..<architecture.blocks).map { index in
            let block = names.block(index)
            return LayerPlaces(
                queryKeyValue: builder.linear([block.query, block.key, block.value], width, width),
                attentionOutput: builder.linear([block.attentionOutput], width, width),
                attentionNorm: builder.norm(block.attentionNorm, width),
                intermediate: builder.linear([block.intermediate], architecture.feedForwardWidth, width),
                output: builder.linear([block.output], width, architecture.feedForwardWidth),
                outputNorm: builder.norm(block.outputNorm, width)
            )
        }
        var decoderBias = 0
        switch architecture.task {
        case .sequenceClassification:
            head = .classifier(
                pooler: builder.linear([names.pooler], width, width),
                classifier: builder.linear([names.classifier], architecture.labels.count, width)
            )
            earlyExit = architecture.earlyExit.map { _ in
                (
                    builder.linear([names.exitPooler], width, width),
                    builder.linear([names.exitClassifier], architecture.labels.count, width)
                )
            }
            words = builder.matrix(names.wordEmbeddings, architecture.vocabularySize, narrow)
        case .maskedLM:
            earlyExit = nil
            let transform = builder.linear([names.maskedLMTransform], narrow, width)
            let norm = builder.norm(names.maskedLMNorm, narrow)
            decoderBias = builder.vector(names.decoderBias, architecture.vocabularySize)
            words = builder.matrix(names.wordEmbeddings, architecture.vocabularySize, narrow)
            let decoder = LinearPlace(
                weight: words,
                bias: decoderBias,
                outputs: architecture.vocabularySize,
                inputs: narrow
            )
            head = .maskedLM(transform: transform, norm: norm, decoder: decoder)
        case .bare:
            earlyExit = nil
            head = .none
            words = builder.matrix(names.wordEmbeddings, architecture.vocabularySize, narrow)
        }
        parameters = builder.parameters
        count = builder.count
    }

    /// Places one parameter after the other.
    private struct Builder {
        var parameters: [Parameter] = []
        var count = 0

        /// Starts on a cache line, so that threads that share the array out never share a line.
        private mutating func align() { count = (count + 15) & ~15 }

        private mutating func place(_ name: String, _ shape: [Int]) -> Int {
            let parameter = Parameter(name: name, shape: shape, start: count, isMatrix: shape.count > 1)
            parameters.append(parameter)
            count += parameter.count
            return parameter.start
        }

        mutating func matrix(_ name: String, _ rows: Int, _ columns: Int) -> Int {
            align()
            return place(name + ".weight", [rows, columns])
        }

        /// A vector by its full name.
        mutating func vector(_ name: String, _ size: Int) -> Int {
            align()
            return place(name, [size])
        }

        mutating func norm(_ name: String, _ size: Int) -> NormPlace {
            NormPlace(width: size, gain: vector(name + ".weight", size), bias: vector(name + ".bias", size))
        }

        /// One layer from several of a checkpoint's, `[outputs, inputs]` each, their outputs side by side.
        mutating func linear(_ names: [String], _ outputs: Int, _ inputs: Int) -> LinearPlace {
            align()
            let weight = names.map { place($0 + ".weight", [outputs, inputs]) }[0]
            align()
            let bias = names.map { place($0 + ".bias", [outputs]) }[0]
            return LinearPlace(weight: weight, bias: bias, outputs: outputs * names.count, inputs: inputs)
        }
    }
}

extension ParameterLayout {
    /// The parameters in an array of this layout.
    func tensors(of values: FloatBuffer) -> [NamedTensor] {
        parameters.map {
            NamedTensor(
                name: $0.name,
                shape: $0.shape,
                values: UnsafeBufferPointer(start: values.start + $0.start, count: $0.count)
            )
        }
    }
}
