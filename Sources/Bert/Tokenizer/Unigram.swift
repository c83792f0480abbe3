// SPDX-License-Identifier: Apache-2.0

/// The unigram language model (Kudo, 2018): of all ways to cut a word into pieces the one with the highest sum of scores,
/// which are logarithms of probabilities.
struct Unigram: Sendable, Equatable {
    let trie: PieceTrie
    let scores: [Double]
    let unknown: Int32
    /// Of a scalar without pieces: ten less than the least of a piece, as in SentencePiece.
    let unknownScore: Double
    /// The pieces of single bytes, `<0x00>` and so on, which stand for what is unknown; empty if none does. `[256]`
    let bytePieces: [Int32]
    let normaliser: StretchNormaliser
    let metaspace: Metaspace

    /// - Parameter scores: one for each piece.
    init(
        vocabulary: Vocabulary,
        scores: [Double],
        unknown: Int32,
        fallsBackOnBytes: Bool,
        normaliser: StretchNormaliser,
        metaspace: Metaspace
    ) {
        let trie = vocabulary.pieces
        self.trie = trie
        self.scores = scores
        self.unknown = unknown
        self.normaliser = normaliser
        self.metaspace = metaspace
        unknownScore = (scores.min() ?? 0) - 10
        bytePieces =
            fallsBackOnBytes
            ? (UInt8.min ... .max).map { byte in
                let digits = String(byte, radix: 16, uppercase: true)
                return trie.value(of: "<0x\(byte < 16 ? "0" : "")\(digits)>".utf8) ?? -1
            } : []
    }

    /// One scratch for all words of a text.
    struct Lattice {
        /// The best way to a byte of a word: its score, where its last piece begins, and that piece. -1: no way yet.
        fileprivate struct Node {
            var score = 0.0
            var start: Int32 = -1
            var piece: Int32 = -1

            /// Offers a way; of two as good the first stays.
            @inline(__always)
            mutating func take(_ piece: Int32, _ score: Double, from start: Int) {
                guard self.start < 0 || score > self.score else { return }
                self = Node(score: score, start: Int32(truncatingIfNeeded: start), piece: piece)
            }
        }

        /// One for each place between bytes; those behind the word's end are left from longer ones.
        fileprivate var nodes: [Node] = []
        /// The pieces of the best way, last first, with the bytes that they take.
        fileprivate(set) var path: [(piece: Int32, start: Int, end: Int)] = []
    }

    /// Finds the best way through a word, which is not empty. What is unknown in a row is one.
    func cut(_ word: UnsafeBufferPointer<UInt8>, _ units: UnsafeBufferPointer<PieceTrie.Node>, _ lattice: inout Lattice)
    {
        let count = word.count
        while lattice.nodes.count <= count { lattice.nodes.append(Lattice.Node()) }
        lattice.nodes.withUnsafeMutableBufferPointer { nodes in
            scores.withUnsafeBufferPointer { cut(word, units, $0, nodes) }
        }
        lattice.walkBack(from: count, joining: unknown)
    }

    private func cut(
        _ word: UnsafeBufferPointer<UInt8>,
        _ units: UnsafeBufferPointer<PieceTrie.Node>,
        _ scores: UnsafeBufferPointer<Double>,
        _ nodes: UnsafeMutableBufferPointer<Lattice.Node>
    ) {
        let count = word.count
        for place in 0...count { nodes[place] = Lattice.Node() }
        var start = 0
        while start < count {
            let length = UTF8Scalar.decode(word, at: start).length
            let score = nodes[start].score
            var isKnown = false
            var node = trie.root
            var at = start
            while at < count {
                node = PieceTrie.step(units, node, word[at])
                if node == 0 { break }
                at += 1
                let piece = PieceTrie.value(node)
                if piece < 0 { continue }
                nodes[at].take(piece, score + scores[Int(piece)], from: start)
                isKnown = isKnown || at - start == length
            }
            if !isKnown { nodes[start + length].take(unknown, score + unknownScore, from: start) }
            start += length
        }
    }
}

extension Unigram.Lattice {
    fileprivate mutating func walkBack(from count: Int, joining unknown: Int32) {
        path.removeAll(keepingCapacity: true)
        var end = count
        while end > 0 {
            let (start, piece) = (Int(nodes[end].start), nodes[end].piece)
            if piece == unknown, let last = path.last, last.piece == unknown {
                path[path.count - 1].start = start
            } else {
                path.append((piece, start, end))
            }
            end = start
        }
    }
}

extension Unigram: SubwordModel {
    func feed<Places: PlaceWatch>(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        to ids: UnsafeMutablePointer<[Int32]>,
        _ places: Places
    ) -> (isCut: Bool, places: Places) {
        trie.withUnits { units in
            var sink = UnigramSink(model: self, units: units, ids: ids, places: places, limit: limit)
            stages.feed(utf8, to: &sink)
            return (sink.isFull, sink.places)
        }
    }

    func text(of piece: String) -> (text: Substring, continues: Bool)? {
        piece.hasPrefix("\u{2581}") ? (piece.dropFirst(), false) : (piece[...], true)
    }
}
