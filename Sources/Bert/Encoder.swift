// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Runs batches of texts through a model's blocks, on the thread that calls it.
///
/// One encoder belongs to one thread: it owns the memory that activations live in, and is not `Sendable`. The model
/// that it reads is shared. A text's hidden states do not depend on which other texts are in the batch, to the bit.
///
/// Legend: T = tokens of a chunk, C = width, F = feed-forward width, L = layers.
public final class Encoder {
    /// The model that this encoder runs.
    public let model: Model
    private let attention: Attention
    /// Tokens that the scratch memory has room for; a larger batch goes through in chunks of whole texts.
    private let capacity: Int
    /// `[T, C]`: the current hidden states.
    private let hidden: FloatBuffer
    /// `[T, C]`: attention's context, then the feed-forward's result.
    private let update: FloatBuffer
    /// `[T, 3C]`: queries, keys and values side by side, then attention's result as `[T, C]`.
    private let queryKeyValue: FloatBuffer
    /// `[feedForwardRows, F]`.
    private let intermediate: FloatBuffer

    /// Rows that go through the two feed-forward products together: few enough that `intermediate` stays in the cache.
    private static let feedForwardRows = 96
    /// Enough rows that the weights, read once a chunk, cost little beside the arithmetic.
    private static let chunkTokens = 1024

    /// Reserves the memory that encoding with `model` takes.
    public init(model: Model) {
        let architecture = model.architecture
        self.model = model
        capacity = max(Self.chunkTokens, architecture.positions)
        attention = Attention(
            width: architecture.width,
            heads: architecture.heads,
            longest: architecture.positions,
            kernels: model.kernels
        )
        hidden = FloatBuffer(zeros: capacity * architecture.width)
        update = FloatBuffer(zeros: capacity * architecture.width)
        queryKeyValue = FloatBuffer(zeros: capacity * architecture.width * 3)
        intermediate = FloatBuffer(zeros: Self.feedForwardRows * architecture.feedForwardWidth)
    }

    /// Encodes a batch and hands its hidden states over, a chunk of whole texts at a time, in order.
    ///
    /// - Parameters:
    ///   - batch: texts of at most `model.architecture.positions` tokens, ids below `vocabularySize`.
    ///   - layers: how many blocks to run; nil for all. 0 gives the embeddings.
    ///   - body: takes the texts of the chunk and their hidden states, which are gone when it returns.
    func encode(_ batch: TokenBatch, layers: Int? = nil, _ body: (HiddenStates) -> Void) {
        var first = 0
        while first < batch.count {
            var end = first
            while end < batch.count, batch.starts[end + 1] - batch.starts[first] <= capacity { end += 1 }
            precondition(end > first, "a text has at most as many tokens as the model has positions")
            let states = HiddenStates(
                texts: first..<end,
                starts: batch.starts[first...end],
                rows: UnsafePointer(hidden.start),
                width: model.architecture.width
            )
            embed(batch, states)
            for layer in model.layers.prefix(layers ?? .max) { run(layer, states) }
            body(states)
            first = end
        }
    }

    private func embed(_ batch: TokenBatch, _ states: HiddenStates) {
        for text in states.texts {
            let ids = batch.ids[batch.starts[text]..<batch.starts[text + 1]]
            precondition(
                ids.count <= model.architecture.positions
                    && ids.allSatisfy { $0 >= 0 && $0 < model.architecture.vocabularySize },
                "token ids and lengths are within the model's vocabulary and positions"
            )
            model.embeddings.sum(ids, to: hidden.start + states.row(of: text) * states.width)
        }
        model.embeddings.norm.apply(rows: states.count, hidden.start, residual: nil, to: hidden.start)
    }

    private func run(_ layer: Layer, _ states: HiddenStates) {
        let width = states.width
        layer.queryKeyValue.apply(rows: states.count, hidden.start, stride: width, to: queryKeyValue.start)
        for text in states.texts {
            let row = states.row(of: text)
            attention.apply(
                tokens: states.length(of: text),
                qkv: queryKeyValue.start + row * 3 * width,
                to: update.start + row * width
            )
        }
        let attended = queryKeyValue.start
        layer.attentionOutput.apply(rows: states.count, update.start, stride: width, to: attended)
        layer.attentionNorm.apply(rows: states.count, attended, residual: hidden.start, to: hidden.start)
        for row in stride(from: 0, to: states.count, by: Self.feedForwardRows) {
            let rows = min(Self.feedForwardRows, states.count - row)
            let x = hidden.start + row * width
            let y = update.start + row * width
            layer.intermediate.apply(rows: rows, x, stride: width, to: intermediate.start)
            model.kernels.table.pointee.gelu_f32(rows * layer.intermediate.outputs, intermediate.start)
            layer.output.apply(rows: rows, intermediate.start, stride: layer.output.inputs, to: y)
            layer.outputNorm.apply(rows: rows, y, residual: x, to: x)
        }
    }
}

/// The hidden states of one chunk of a batch, valid while the call that hands them over lasts.
struct HiddenStates {
    /// Which texts of the batch these are.
    let texts: Range<Int>
    /// Where each begins in the batch's ids, and where the last ends.
    let starts: ArraySlice<Int>
    /// `[T, C]`.
    let rows: UnsafePointer<Float>
    /// C.
    let width: Int

    /// T: tokens of all these texts.
    var count: Int { starts[texts.upperBound] - starts[texts.lowerBound] }

    /// The row of a text's first token.
    func row(of text: Int) -> Int { starts[text] - starts[texts.lowerBound] }

    /// Tokens of a text.
    func length(of text: Int) -> Int { starts[text + 1] - starts[text] }
}
