// SPDX-License-Identifier: Apache-2.0

/// Runs batches of texts through a model's blocks, on the thread that calls it.
///
/// One encoder belongs to one thread: it owns the memory that activations live in, and is not `Sendable`. The model
/// that it reads is shared. A text's hidden states do not depend on which other texts are in the batch, to the bit.
///
/// Legend: T = tokens of a chunk, C = width.
public final class Encoder {
    /// The model that this encoder runs.
    public let model: Model
    let blocks: any Blocks
    /// Tokens of whole texts that go through the blocks together; a longer text goes alone.
    let chunkTokens: Int
    /// `[T, C]`: the current hidden states.
    let hidden: FloatBuffer
    /// `[T, E]`: the embeddings, where these are not the first hidden states.
    private let embedded: FloatBuffer?
    /// `[chunkTokens, C]`, a row a text: the first tokens' hidden states, and what they attend to in the last block.
    let first: FloatBuffer
    let firstContext: FloatBuffer
    /// `[keptTokens, C]`: the states of texts that may leave early; nil where none does.
    let kept: FloatBuffer?
    let keptTokens: Int

    /// Reserves the memory that encoding with `model` takes.
    public convenience init(model: Model) { self.init(model: model, Scratch()) }

    init(model: Model, _ scratch: Scratch) {
        let architecture = model.architecture
        self.model = model
        let (kernels, bias) = (model.kernels, model.attentionBias)
        let tokens: Int
        switch model.layers {
        case .f32(let layers):
            chunkTokens = FloatNumbers.chunkTokens
            tokens = max(chunkTokens, architecture.positions)
            blocks = FloatNumbers.blocks(layers, architecture, bias: bias, tokens: tokens, scratch, kernels: kernels)
        case .int8(let layers):
            chunkTokens = QuantisedNumbers.chunkTokens
            tokens = max(chunkTokens, architecture.positions)
            blocks = QuantisedNumbers.blocks(
                layers,
                architecture,
                bias: bias,
                tokens: tokens,
                scratch,
                kernels: kernels
            )
        }
        hidden = scratch.floats(tokens * architecture.width)
        embedded = architecture.projectsEmbeddings ? scratch.floats(tokens * architecture.embeddingWidth) : nil
        first = scratch.floats(chunkTokens * architecture.width)
        firstContext = scratch.floats(chunkTokens * architecture.width)
        let keptTokens = max(Self.keptTokensOfAText * chunkTokens, architecture.positions)
        self.keptTokens = keptTokens
        kept = model.exit.map { _ in scratch.floats(keptTokens * architecture.width) }
    }

    private static let keptTokensOfAText = 32

    /// Encodes a batch and hands its hidden states over, a chunk of whole texts at a time, in order.
    ///
    /// - Parameters:
    ///   - batch: texts of at most `model.architecture.positions` tokens, ids below `vocabularySize`.
    ///   - layers: how many blocks to run; nil for all. 0 gives the embeddings.
    ///   - body: takes the texts of the chunk and their hidden states, which are valid until it returns.
    func encode(_ batch: TokenBatch, layers: Int? = nil, _ body: (HiddenStates) -> Void) {
        forEachChunk(batch) { states in
            embed(batch, states)
            let all = model.depth
            blocks.run(0..<min(layers ?? all, all), states)
            body(states)
        }
    }

    /// Encodes what a classifier reads of each text: the first token, or the mean over all.
    ///
    /// - Parameter body: takes how many texts these are, and a row for each, `[texts, C]`, which are valid until it
    ///   returns; some texts at a time, in order.
    func encodePooled(_ batch: TokenBatch, _ body: (Int, UnsafePointer<Float>) -> Void) {
        switch model.architecture.encoder.pooling {
        case .first: encodeFirst(batch, body)
        case .mean: encodeMean(batch, body)
        }
    }

    private func encodeMean(_ batch: TokenBatch, _ body: (Int, UnsafePointer<Float>) -> Void) {
        encode(batch) { states in
            for (index, text) in states.texts.enumerated() {
                let (rows, count) = (states.rows + states.row(of: text) * states.width, states.length(of: text))
                for column in 0..<states.width {
                    // Summed in double: a mean of many rows keeps all of a float's digits.
                    let sum = (0..<count).reduce(0.0) { $0 + Double(rows[$1 * states.width + column]) }
                    first.start[index * states.width + column] = Float(sum / Double(count))
                }
            }
            body(states.texts.count, first.start)
        }
    }

    /// Encodes the first token of each text: the last block computes only that.
    func encodeFirst(_ batch: TokenBatch, _ body: (Int, UnsafePointer<Float>) -> Void) {
        let last = model.depth - 1
        // The end of the last block waits for the texts of several chunks: few rows cost as much as many.
        var waiting = 0
        func finish() {
            blocks.finish(last, rows: waiting, hidden: first.start, context: firstContext.start)
            body(waiting, first.start)
            waiting = 0
        }
        forEachChunk(batch) { states in
            if waiting + states.texts.count > chunkTokens { finish() }
            let row = waiting * states.width
            embed(batch, states)
            blocks.run(0..<last, states)
            blocks.attend(in: last, states, hidden: first.start + row, context: firstContext.start + row)
            waiting += states.texts.count
        }
        if waiting > 0 { finish() }
    }

    /// Cuts a batch into chunks of whole texts, and hands over where their states belong.
    func forEachChunk(_ batch: TokenBatch, _ body: (HiddenStates) -> Void) {
        var first = 0
        while first < batch.count {
            var end = first + 1
            while end < batch.count, batch.starts[end + 1] - batch.starts[first] <= chunkTokens { end += 1 }
            let states = HiddenStates(
                texts: first..<end,
                starts: batch.starts[first...end],
                rows: hidden.start,
                width: model.architecture.width
            )
            body(states)
            first = end
        }
    }

    /// Writes the embeddings of a chunk's tokens.
    func embed(_ batch: TokenBatch, _ states: HiddenStates) {
        let embeddings = model.embeddings
        let rows = embedded?.start ?? hidden.start
        for text in states.texts {
            let ids = batch.ids[batch.starts[text]..<batch.starts[text + 1]]
            precondition(
                ids.count <= model.architecture.positions
                    && ids.allSatisfy { $0 >= 0 && $0 < model.architecture.vocabularySize },
                "token ids and lengths are within the model's vocabulary and positions"
            )
            embeddings.sum(ids, to: rows + states.row(of: text) * embeddings.width)
        }
        embeddings.norm.apply(rows: states.count, rows, residual: nil, to: rows)
        embeddings.projection?.apply(rows: states.count, rows, stride: embeddings.width, to: hidden.start)
    }
}
