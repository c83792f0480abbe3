// SPDX-License-Identifier: Apache-2.0

/// What a family makes of a SentencePiece model: some pieces of its own before and behind the model's, and how a text is
/// normalised before the model's map.
struct SentencePieceLayout: Sendable {
    var front: [(piece: String, score: Double)] = []
    /// How many of the model's first pieces are left out.
    var dropped = 0
    /// Those that the model has not.
    var back: [(piece: String, score: Double)] = []
    /// The steps before the model's map, as the settings want them.
    var before: @Sendable (TokenizerConfig) -> [StretchNormaliser.Step] = { _ in [] }

    /// Whether texts are normalised by the model's map, too.
    var usesMap = true
    /// Whether texts are cut at whitespace, of which nothing is left.
    var splitsAtWhitespace = true
    /// Where words get a mark in front when `add_prefix_space` is false.
    var prefixOtherwise = Metaspace.Prefix.never

    /// Whether ids are the model's own.
    var keepsOrder: Bool { front.isEmpty && dropped == 0 }

    func arrange(_ model: SentencePieceModel) -> (pieces: PieceList, scores: [Double]) {
        var pieces = PieceList()
        for (piece, _) in front { pieces.append(piece.utf8) }
        for index in min(dropped, model.pieces.count)..<model.pieces.count { pieces.append(model.pieces[index]) }
        let known = Set((0..<model.pieces.count).map { String(decoding: model.pieces[$0], as: UTF8.self) })
        let back = back.filter { !known.contains($0.piece) }
        for (piece, _) in back { pieces.append(piece.utf8) }
        return (pieces, front.map(\.score) + model.scores.dropFirst(dropped) + back.map(\.score))
    }
}
