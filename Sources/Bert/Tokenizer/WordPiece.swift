// SPDX-License-Identifier: Apache-2.0

/// The WordPiece model: the longest piece that begins a word, then the longest continuing piece, and so on; the unknown
/// token for a word that cannot be taken apart to its end, or that is too long.
struct WordPiece: Sendable {
    let trie: PieceTrie
    /// Where a continuing piece begins in the trie: behind the prefix. 0 if there are no such pieces.
    private let continuation: PieceTrie.Node
    let unknown: Int32
    /// In scalars, after normalisation.
    let maxScalarsPerWord: Int

    /// - Parameter prefix: marks the pieces that continue a word, `##` as a rule.
    init(trie: PieceTrie, prefix: String, unknown: Int32, maxScalarsPerWord: Int) {
        self.trie = trie
        self.unknown = unknown
        self.maxScalarsPerWord = maxScalarsPerWord
        continuation = trie.node(of: prefix.utf8)
    }

    /// Appends the pieces of one word of at most `maxScalarsPerWord` scalars. `units` are the trie's.
    ///
    /// Pieces and word are valid UTF-8, so that a match never ends within a scalar.
    @inline(__always)
    func append(_ word: UnsafeBufferPointer<UInt8>, _ units: UnsafeBufferPointer<PieceTrie.Node>, to ids: inout [Int32])
    {
        let before = ids.count
        var start = 0
        while start < word.count {
            var node = start == 0 ? trie.root : continuation
            var piece: Int32 = -1
            var end = start
            var at = start
            while at < word.count {
                node = PieceTrie.step(units, node, word[at])
                if node == 0 { break }
                at += 1
                let value = PieceTrie.value(node)
                if value >= 0 {
                    piece = value
                    end = at
                }
            }
            if piece < 0 {
                ids.removeLast(ids.count - before)
                ids.append(unknown)
                return
            }
            ids.append(piece)
            start = end
        }
    }
}
