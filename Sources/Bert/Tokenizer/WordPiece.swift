// SPDX-License-Identifier: Apache-2.0
internal import Files

/// The WordPiece model: the longest piece that begins a word, then the longest continuing piece, and so on; the unknown
/// token for a word that cannot be taken apart to its end, or that is too long.
struct WordPiece: Sendable, Equatable {
    let trie: PieceTrie
    private let vocabulary: Vocabulary
    /// Of what marks the pieces that continue a word.
    private let prefixBytes: Int
    private let prefix: String
    /// Where a continuing piece begins in the trie: behind the prefix. 0 if there are no such pieces.
    private let continuation: PieceTrie.Node
    let unknown: Int32
    /// In scalars, after normalisation.
    let maxScalarsPerWord: Int

    /// - Parameter prefix: marks the pieces that continue a word, `##` as a rule.
    init(vocabulary: Vocabulary, prefix: String, unknown: Int32, maxScalarsPerWord: Int) {
        self.vocabulary = vocabulary
        trie = vocabulary.pieces
        prefixBytes = prefix.utf8.count
        self.prefix = prefix
        self.unknown = unknown
        self.maxScalarsPerWord = maxScalarsPerWord
        continuation = trie.node(of: prefix.utf8)
    }

    /// What a `tokenizer.json` says of it; transformers' own classes have the values here.
    struct Settings: SubwordModelSettings {
        static let type = "WordPiece"

        var unknown: String?
        private var prefix = "##"
        private var maxScalarsPerWord = 100
        private var isComplete = true

        private enum CodingKeys: String, CodingKey {
            case unknown = "unk_token"
            case prefix = "continuing_subword_prefix"
            case maxScalarsPerWord = "max_input_chars_per_word"
        }

        init(unknown: String?) { self.unknown = unknown }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            unknown = try fields.decodeIfPresent(String.self, forKey: .unknown)
            let prefix = try fields.decodeIfPresent(String.self, forKey: .prefix)
            let most = try fields.decodePlacedIfPresent(Int.self, forKey: .maxScalarsPerWord)
            isComplete = unknown != nil && prefix != nil && most != nil
            self.prefix = prefix ?? self.prefix
            maxScalarsPerWord = most ?? maxScalarsPerWord
        }

        func check(path: String) throws(FileError) {
            guard isComplete else {
                throw FileError(
                    .invalid,
                    path: path,
                    "model lacks one of unk_token, continuing_subword_prefix and max_input_chars_per_word"
                )
            }
            guard (1...1 << 16).contains(maxScalarsPerWord) else {
                throw FileError(
                    .unsupported,
                    path: path,
                    "model.max_input_chars_per_word is \(maxScalarsPerWord); it must be from 1 to 65536"
                )
            }
        }

        func follows(_ preTokeniser: PreTokeniser) -> Bool { preTokeniser == .bert }

        func model(
            of vocabulary: Vocabulary,
            unknown: Int32,
            in stages: TokenizerStages,
            path: String
        ) -> any SubwordModel {
            WordPiece(
                vocabulary: vocabulary,
                prefix: prefix,
                unknown: unknown,
                maxScalarsPerWord: maxScalarsPerWord
            )
        }
    }

    /// How many bytes of a word a piece takes; nil where it stands for all of them.
    func byteCount(of piece: Int32, isFirst: Bool) -> Int? {
        piece == unknown ? nil : vocabulary.byteCount(of: piece) - (isFirst ? 0 : prefixBytes)
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

extension WordPiece: SubwordModel {
    func feed<Places: PlaceWatch>(
        _ utf8: UnsafeBufferPointer<UInt8>,
        through stages: TextStages,
        limit: Int,
        to ids: UnsafeMutablePointer<[Int32]>,
        _ places: Places
    ) -> (isCut: Bool, places: Places) {
        trie.withUnits { units in
            ScalarProperties.shared.flags.withUnsafeBufferPointer { flags in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4 * maxScalarsPerWord) { word in
                    // Neither is empty: the flags are a table, and a word has at least one scalar.
                    guard let flags = flags.baseAddress, let word = word.baseAddress else { return (false, places) }
                    var words = WordSink(
                        model: self,
                        units: units,
                        flags: flags,
                        word: word,
                        ids: ids,
                        places: places,
                        limit: limit
                    )
                    stages.feed(utf8, to: &words)
                    return (words.isFull, words.places)
                }
            }
        }
    }

    func text(of piece: String) -> (text: Substring, continues: Bool)? {
        let continues = !prefix.isEmpty && piece.hasPrefix(prefix)
        return (continues ? piece.dropFirst(prefix.count) : piece[...], continues)
    }
}
