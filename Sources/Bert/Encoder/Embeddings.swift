// SPDX-License-Identifier: Apache-2.0

/// What a text's tokens are before the first block.
struct Embeddings: Sendable {
    let words: WordEmbeddings
    /// `[rows, E]`; BERT's first token type, which every token of a single text has, is added in already. One row for all
    /// where positions come in later.
    let positions: FloatBuffer
    var havePositions = true
    /// The architecture's.
    let paddingID: Int32?
    let norm: LayerNorm
    /// E.
    let width: Int
    /// `[C, E]`, behind the norm; nil where the norm's results are the first hidden states.
    let projection: Linear?

    /// Writes `x[t, E]` for the ids of one text, before the norm.
    func sum(_ ids: ArraySlice<Int32>, to x: UnsafeMutablePointer<Float>) {
        var rows = PositionRows(paddingID: paddingID)
        for (index, id) in ids.enumerated() {
            let place = positions.start + (havePositions ? rows.next(for: id) : 0) * width
            let row = x + index * width
            words.copy(id, to: row)
            for column in 0..<width { row[column] += place[column] }
        }
    }
}

/// Numbers the tokens of a text: which row of the position embeddings each has.
package struct PositionRows {
    /// That of the first token.
    package let first: Int
    private let paddingID: Int32?
    private var row: Int

    /// - Parameter paddingID: the architecture's.
    package init(paddingID: Int32?) {
        self.paddingID = paddingID
        first = paddingID.map { Int($0) + 1 } ?? 0
        row = first
    }

    /// The row of the text's next token.
    package mutating func next(for id: Int32) -> Int {
        if id == paddingID { return Int(id) }
        defer { row += 1 }
        return row
    }
}
