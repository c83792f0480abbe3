// SPDX-License-Identifier: Apache-2.0

/// The order that a family gives to the pieces of a SentencePiece model: some of its own before and behind them.
struct SentencePieceLayout: Sendable {
    let front: [(piece: String, score: Double)]
    /// How many of the model's first pieces are left out.
    let dropped: Int
    let back: [(piece: String, score: Double)]

    func arrange(_ model: SentencePieceModel) -> (pieces: PieceList, scores: [Double]) {
        var pieces = PieceList()
        for (piece, _) in front { pieces.append(piece.utf8) }
        for index in min(dropped, model.pieces.count)..<model.pieces.count { pieces.append(model.pieces[index]) }
        for (piece, _) in back { pieces.append(piece.utf8) }
        return (pieces, front.map(\.score) + model.scores.dropFirst(dropped) + back.map(\.score))
    }
}
