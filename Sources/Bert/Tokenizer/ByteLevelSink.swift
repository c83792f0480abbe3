// SPDX-License-Identifier: Apache-2.0

/// Hugging Face's ByteLevel pre-tokeniser in front of a BPE: cuts a text into words as its scalars come in.
///
/// The words are the matches of GPT-2's expression, which this state machine finds without looking back:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
struct ByteLevelSink<Places: PlaceWatch>: TokenSink {
    /// What the word that gathers is so far.
    private enum Run {
        case nothing
        case letters
        case numbers
        case others
        case whitespace
        /// An apostrophe that begins a word.
        case apostrophe
        /// The same with an r, v or l behind it.
        case contraction
    }

    static var wantsPlaces: Bool { Places.watches }

    private(set) var places: Places
    private let model: ByteLevelBPE
    private let units: UnsafeBufferPointer<PieceTrie.Node>
    private let table: MergeTable.Lookup
    private let kinds: UnsafeBufferPointer<UInt8>
    private let ids: UnsafeMutablePointer<[Int32]>
    private let isTotal: Bool
    /// The count of `ids` not to be passed.
    private let end: Int
    private var overflowed = false
    private var merger = SymbolMerger()
    private var run = Run.nothing
    /// Whether nothing of a stretch between added tokens has come yet.
    private var isAtStart = true
    private let word = WordBuffer()
    /// Where the last scalar of a run of whitespace begins in `word`.
    private var last = 0

    /// - Parameters:
    ///   - units: the trie's; they, `table`, the `kinds` of `ScalarKinds` and `ids` must outlive this value.
    ///   - limit: how many ids may be appended.
    init(
        model: ByteLevelBPE,
        units: UnsafeBufferPointer<PieceTrie.Node>,
        table: MergeTable.Lookup,
        kinds: UnsafeBufferPointer<UInt8>,
        ids: UnsafeMutablePointer<[Int32]>,
        places: Places,
        limit: Int
    ) {
        self.model = model
        self.units = units
        self.table = table
        self.kinds = kinds
        self.ids = ids
        self.places = places
        isTotal = model.isTotal
        end = Self.end(of: ids.pointee, limit: limit)
    }

    var isFull: Bool { overflowed || isTotal && run != .nothing && ids.pointee.count >= end }

    @inline(__always)
    mutating func place(_ place: Range<Int>) { places.place(place) }

    mutating func translate(_ places: [Range<Int>]?) { self.places.translate(places) }

    @inline(__always)
    mutating func append(ascii byte: UInt8) { append(UInt32(byte)) }

    @inline(__always)
    mutating func append(_ scalar: UInt32) {
        if isAtStart {
            isAtStart = false
            if model.addsPrefixSpace, scalar != 0x20 { take(0x20, ScalarKinds.whitespace) }
        }
        take(scalar, kinds[Int(scalar)])
    }

    @inline(__always)
    private mutating func take(_ scalar: UInt32, _ kind: UInt8) {
        switch (run, kind) {
        case (.letters, ScalarKinds.letter), (.numbers, ScalarKinds.number), (.others, ScalarKinds.other):
            gather(scalar)
        case (.whitespace, ScalarKinds.whitespace):
            last = word.count
            gather(scalar)
        case (.whitespace, _): endWhitespace(before: scalar, kind)
        case (.apostrophe, _): goOn(behindApostrophe: scalar, kind)
        case (.contraction, _): goOn(inContraction: scalar, kind)
        default:
            cut(word.count)
            begin(scalar, kind)
        }
    }

    private mutating func begin(_ scalar: UInt32, _ kind: UInt8) {
        run = scalar == 0x27 ? .apostrophe : Self.run(of: kind)
        last = 0
        gather(scalar)
    }

    /// All of a run of whitespace is a word but its last scalar. That is one by itself, or, if it is a space, the
    /// beginning of the next one.
    private mutating func endWhitespace(before scalar: UInt32, _ kind: UInt8) {
        cut(last)
        guard word[0] == 0x20 else {
            cut(word.count)
            begin(scalar, kind)
            return
        }
        run = Self.run(of: kind)
        gather(scalar)
    }

    private mutating func goOn(behindApostrophe scalar: UInt32, _ kind: UInt8) {
        switch scalar {
        case UInt32(UInt8(ascii: "s")), UInt32(UInt8(ascii: "t")), UInt32(UInt8(ascii: "m")),
            UInt32(UInt8(ascii: "d")):
            gather(scalar)
            cut(word.count)
            run = .nothing
        case UInt32(UInt8(ascii: "r")), UInt32(UInt8(ascii: "v")), UInt32(UInt8(ascii: "l")):
            gather(scalar)
            run = .contraction
        default:
            run = .others
            take(scalar, kind)
        }
    }

    private mutating func goOn(inContraction scalar: UInt32, _ kind: UInt8) {
        let wanted = UInt8(ascii: word[1] == UInt8(ascii: "l") ? "l" : "e")
        if scalar == UInt32(wanted) {
            gather(scalar)
            cut(word.count)
            run = .nothing
        } else {
            cut(1)
            run = .letters
            take(scalar, kind)
        }
    }

    private static func run(of kind: UInt8) -> Run {
        switch kind {
        case ScalarKinds.letter: .letters
        case ScalarKinds.number: .numbers
        case ScalarKinds.whitespace: .whitespace
        default: .others
        }
    }

    @inline(__always)
    private mutating func gather(_ scalar: UInt32) {
        let length = word.append(scalar)
        if Places.watches {
            places.gathered(length > 1 ? 2 * length : ByteLevelAlphabet.length(of: UInt8(truncatingIfNeeded: scalar)))
        }
    }

    /// Makes tokens of the first bytes that have gathered.
    private mutating func cut(_ count: Int) {
        if count == 0 { return }
        let before = ids.pointee.count
        let part = UnsafeBufferPointer(rebasing: word.bytes[..<count])
        if before >= end, isTotal {
            overflowed = true
        } else {
            model.append(part, units, table, &merger, to: &ids.pointee)
            if ids.pointee.count > end {
                ids.pointee.removeLast(ids.pointee.count - end)
                overflowed = true
            }
        }
        if Places.watches {
            for length in model.lengths(of: ids.pointee[before...], in: part) { places.token(of: length) }
            places.pass(part.reduce(0) { $0 + ByteLevelAlphabet.length(of: $1) })
        }
        word.removeFirst(count)
        last = 0
    }

    /// Ends a stretch: what has gathered is a word, or two if it is no contraction yet.
    mutating func endWord() {
        if run == .contraction { cut(1) }
        cut(word.count)
        run = .nothing
        isAtStart = true
    }

    mutating func append(token id: Int32) {
        endWord()
        guard ids.pointee.count < end else {
            overflowed = true
            return
        }
        ids.pointee.append(id)
        places.token()
    }
}
