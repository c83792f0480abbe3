// SPDX-License-Identifier: Apache-2.0

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
