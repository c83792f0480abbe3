// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// One transformer block: self-attention and feed-forward, each with its residual and layer norm after it. Its linear
/// layers are `Linear` or `QuantisedLinear`.
struct Layer<LinearLayer: Sendable>: Sendable {
    let query: LinearLayer
    /// Keys and values of one input in one product: `[2C, C]`.
    let keyValue: LinearLayer
    let attentionOutput: LinearLayer
    let attentionNorm: LayerNorm
    let intermediate: LinearLayer
    let output: LinearLayer
    let outputNorm: LayerNorm
}

/// The blocks of a model, in the numbers that they compute with.
enum Layers: Sendable {
    case f32([Layer<Linear>])
    case int8([Layer<QuantisedLinear>])
}

/// What a text's tokens are before the first block.
struct Embeddings: Sendable {
    let words: WordEmbeddings
    /// `[positions, C]`; BERT's first token type, which every token of a single text has, is added in already.
    let positions: FloatBuffer
    let norm: LayerNorm
    let width: Int

    /// Writes `x[t, C]` for the ids of one text, before the norm.
    func sum(_ ids: ArraySlice<Int32>, to x: UnsafeMutablePointer<Float>) {
        for (position, id) in ids.enumerated() {
            let place = positions.start + position * width
            let row = x + position * width
            words.copy(id, to: row)
            for column in 0..<width { row[column] += place[column] }
        }
    }
}
