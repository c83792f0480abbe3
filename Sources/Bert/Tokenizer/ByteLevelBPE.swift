// SPDX-License-Identifier: Apache-2.0
internal import Files

/// Byte-level byte-pair encoding, as GPT-2 and RoBERTa have it: a word begins as the pieces of its bytes, and its
/// neighbours merge in the order of the file.
struct ByteLevelBPE: Sendable, Equatable {
    let trie: PieceTrie
    let merges: MergeTable
    private let vocabulary: Vocabulary
    /// The piece of each byte; -1 for one that has none. `[256]`
    private let bytePieces: [Int32]
    /// Whether a word of a piece's bytes becomes that piece alone; most are words of their own, which need no merging then.
    private let isWhole: [Bool]
    /// Stands for a byte without a piece; nil: such a byte is left out.
    let unknown: Int32?
    /// Whether one unknown token stands for all bytes without pieces in a row.
    private let fusesUnknown: Bool
    let addsPrefixSpace: Bool

    /// Whether each word has a token at least.
    var isTotal: Bool { unknown != nil || bytePieces.allSatisfy { $0 >= 0 } }

    /// - Throws: if a merge names what is no piece, or makes no piece.
    init(
        vocabulary: Vocabulary,
        settings: Settings,
        unknown: Int32?,
        addsPrefixSpace: Bool,
        path: String
    ) throws(FileError) {
        self.vocabulary = vocabulary
        self.unknown = unknown
        self.addsPrefixSpace = addsPrefixSpace
        fusesUnknown = settings.fusesUnknown
        let trie = vocabulary.pieces
        self.trie = trie
        let bytePieces = (UInt8.min ... .max).map { trie.value(of: ByteLevelAlphabet.utf8(of: $0)) ?? -1 }
        self.bytePieces = bytePieces
        let merges = try Self.table(settings.merges, of: trie, path: path)
        self.merges = merges
        isWhole = merges.withLookup { table in
            var merger = SymbolMerger()
            return (0..<Int32(vocabulary.pieceCount)).map { id in
                guard let bytes = ByteLevelAlphabet.bytes(of: vocabulary.token(of: id)) else { return false }
                if settings.ignoresMerges { return true }
                merger.symbols = bytes.map { bytePieces[Int($0)] }
                guard !merger.symbols.contains(-1) else { return false }
                merger.merge(by: table)
                return merger.symbols == [id]
            }
        }
    }

    private static func table(_ merges: MergeList, of trie: PieceTrie, path: String) throws(FileError) -> MergeTable {
        var table = MergeTable(capacity: merges.count)
        for rank in 0..<merges.count {
            let (left, right) = (merges.left[rank], merges.right[rank])
            func id(_ piece: some Collection<UInt8>) throws(FileError) -> Int32 {
                if let id = trie.value(of: piece) { return id }
                let name = String(decoding: piece, as: UTF8.self).clippedForMessage
                let reason = "merge \(rank) has the piece \"\(name)\", which is not in the vocabulary"
                throw FileError(.invalid, path: path, reason)
            }
            table.insert(try id(left), try id(right), rank: rank, id: try id(left + right))
        }
        return table
    }

    /// Appends the pieces of one word, of any length but 0.
    @inline(__always)
    func append(
        _ word: UnsafeBufferPointer<UInt8>,
        _ units: UnsafeBufferPointer<PieceTrie.Node>,
        _ table: MergeTable.Lookup,
        _ merger: inout SymbolMerger,
        to ids: inout [Int32]
    ) {
        let piece = piece(word, units)
        if piece >= 0, isWhole[Int(piece)] {
            ids.append(piece)
            return
        }
        merger.symbols.removeAll(keepingCapacity: true)
        var follows = false
        for byte in word {
            let id = bytePieces[Int(byte)]
            if id >= 0 {
                merger.symbols.append(id)
            } else if let unknown, !(follows && fusesUnknown) {
                merger.symbols.append(unknown)
            }
            follows = id < 0
        }
        merger.merge(by: table)
        ids += merger.symbols
    }

    /// The piece that is the whole word, or -1.
    @inline(__always)
    private func piece(_ word: UnsafeBufferPointer<UInt8>, _ units: UnsafeBufferPointer<PieceTrie.Node>) -> Int32 {
        var node = trie.root
        for byte in word {
            let scalar = ByteLevelAlphabet.scalars[Int(byte)]
            if scalar < 0x80 {
                node = PieceTrie.step(units, node, UInt8(truncatingIfNeeded: scalar))
            } else {
                node = PieceTrie.step(units, node, UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
                if node == 0 { return -1 }
                node = PieceTrie.step(units, node, UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
            }
            if node == 0 { return -1 }
        }
        return PieceTrie.value(node)
    }

    /// How much of a word, in the alphabet's bytes, each of its tokens takes.
    func lengths(of ids: ArraySlice<Int32>, in word: UnsafeBufferPointer<UInt8>) -> [Int] {
        var at = 0
        return ids.map { id in
            var length = 0
            if id == unknown, at < word.count, bytePieces[Int(word[at])] < 0 {
                repeat {
                    length += ByteLevelAlphabet.length(of: word[at])
                    at += 1
                } while fusesUnknown && at < word.count && bytePieces[Int(word[at])] < 0
                return length
            }
            let whole = vocabulary.byteCount(of: id)
            while length < whole, at < word.count {
                length += ByteLevelAlphabet.length(of: word[at])
                at += 1
            }
            // Where bytes were left out, tokens stand as if those had not been there: so does Hugging Face count.
            return whole
        }
    }
}

extension ByteLevelBPE: SubwordModel {
    func feed<Places: PlaceWatch>(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        to ids: UnsafeMutablePointer<[Int32]>,
        _ places: Places
    ) -> (isCut: Bool, places: Places) {
        trie.withUnits { units in
            merges.withLookup { table in
                ScalarKinds.shared.kinds.withUnsafeBufferPointer { kinds in
                    var sink = ByteLevelSink(
                        model: self,
                        units: units,
                        table: table,
                        kinds: kinds,
                        ids: ids,
                        places: places,
                        limit: limit
                    )
                    stages.feed(utf8, to: &sink)
                    return (sink.isFull, sink.places)
                }
            }
        }
    }

    func text(of piece: String) -> (text: Substring, continues: Bool)? {
        guard let bytes = ByteLevelAlphabet.bytes(of: piece) else { return (piece[...], false) }
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return (text.drop { $0 == " " }, text.first != " ")
    }
}
