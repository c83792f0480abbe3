// SPDX-License-Identifier: Apache-2.0

/// The tokens of a model and their ids, 0 to `count` - 1: the pieces of the WordPiece model, then the tokens that were
/// added behind them.
public struct Vocabulary: Sendable, Equatable {
    /// How many tokens there are, added ones included. The model must have a row of embeddings for each.
    public var count: Int { tokens.count }

    /// All tokens in the order of their ids.
    private var tokens: PieceList
    /// The pieces of the model, by which words are cut.
    let pieces: PieceTrie
    /// The tokens behind them by their bytes; they are found as whole tokens only, never within a word.
    private var added: [[UInt8]: Int32] = [:]
    /// How many tokens are pieces of the model.
    let pieceCount: Int

    /// - Parameter pieces: the model's, in the order of their ids; a piece may be empty, and then is never found.
    /// - Throws: if two pieces are equal; the ids of the two.
    init(pieces: PieceList) throws(PieceTrie.Repeat) {
        var found = PieceList()
        var ids: [Int32] = []
        if (0..<pieces.count).contains(where: { pieces.count($0) == 0 }) {
            for index in 0..<pieces.count where pieces.count(index) > 0 {
                found.append(pieces[index])
                ids.append(Int32(index))
            }
        } else {
            found = pieces
            ids = (0..<Int32(pieces.count)).map { $0 }
        }
        do {
            self.pieces = try PieceTrie(pieces: found, values: ids)
        } catch {
            throw PieceTrie.Repeat(first: Int(ids[error.first]), second: Int(ids[error.second]))
        }
        pieceCount = pieces.count
        tokens = pieces
    }

    /// Adds a token behind all others; it equals none of them.
    mutating func append(_ token: String) {
        added[Array(token.utf8)] = Int32(count)
        tokens.append(token.utf8)
    }

    /// The token of an id from 0 to `count` - 1.
    public func token(of id: Int32) -> String {
        precondition(id >= 0 && id < count, "no token has id \(id); there are \(count)")
        return String(decoding: tokens[Int(id)], as: UTF8.self)
    }

    /// The bytes of an id's token.
    func byteCount(of id: Int32) -> Int { tokens.count(Int(id)) }

    /// The id of a token, or nil if there is no such token. Tokens are compared byte by byte, as Hugging Face does:
    /// `é` in one scalar and `é` in two are two tokens.
    public func id(of token: String) -> Int32? {
        pieces.value(of: token.utf8) ?? added[Array(token.utf8)]
    }
}
