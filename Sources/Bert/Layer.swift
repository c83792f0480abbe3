// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// One transformer block: self-attention and feed-forward, each with its residual and layer norm after it.
struct Layer: Sendable {
    /// Queries, keys and values of one input in one product: `[3C, C]`.
    let queryKeyValue: Linear
    let attentionOutput: Linear
    let attentionNorm: LayerNorm
    let intermediate: Linear
    let output: Linear
    let outputNorm: LayerNorm
}

/// What a text's tokens are before the first block.
struct Embeddings: Sendable {
    /// `[vocabulary, C]`.
    let words: FloatBuffer
    /// `[positions, C]`; BERT's first token type, which every token of a single text has, is added in already.
    let positions: FloatBuffer
    let norm: LayerNorm
    let width: Int

    /// Writes `x[t, C]` for the ids of one text, before the norm.
    func sum(_ ids: ArraySlice<Int32>, to x: UnsafeMutablePointer<Float>) {
        for (position, id) in ids.enumerated() {
            let word = words.start + Int(id) * width
            let place = positions.start + position * width
            let row = x + position * width
            for column in 0..<width { row[column] = word[column] + place[column] }
        }
    }
}
