// SPDX-License-Identifier: Apache-2.0

/// Normalises each stretch of a text, cuts it into words as Metaspace does, and those into the pieces of a `Unigram`.
struct UnigramSink<Places: PlaceWatch>: TokenSink {
    static var wantsPlaces: Bool { Places.watches }

    private(set) var places: Places
    private let model: Unigram
    private let units: UnsafeBufferPointer<PieceTrie.Node>
    private let ids: UnsafeMutablePointer<[Int32]>
    /// The count of `ids` not to be passed.
    private let end: Int
    private(set) var isFull = false
    private var lattice = Unigram.Lattice()
    private var stretch = StretchText(isPlaced: Places.watches)
    private var current = 0..<0
    /// The word that gathers, and where each of its bytes comes from.
    private var word: [UInt8] = []
    private var wordPlaces: [Range<Int>] = []
    /// Whether nothing of the text has come before.
    private var isFirst = true

    /// How much of a stretch is taken at once where nothing needs all of it, in bytes.
    private static var enough: Int { 4096 }

    /// - Parameters:
    ///   - units: the trie's; they and `ids` must outlive this value.
    ///   - limit: how many ids may be appended.
    init(
        model: Unigram,
        units: UnsafeBufferPointer<PieceTrie.Node>,
        ids: UnsafeMutablePointer<[Int32]>,
        places: Places,
        limit: Int
    ) {
        self.model = model
        self.units = units
        self.ids = ids
        self.places = places
        end = Self.end(of: ids.pointee, limit: limit)
    }

    mutating func place(_ place: Range<Int>) {
        current = place
        places.place(place)
    }

    mutating func translate(_ places: [Range<Int>]?) { self.places.translate(places) }

    @inline(__always)
    mutating func append(ascii byte: UInt8) {
        if byte == 0x20, stretch.bytes.count >= Self.enough, canCut { take() }
        stretch.append(byte)
        if Places.watches { stretch.place(current) }
    }

    mutating func append(_ scalar: UInt32) {
        stretch.append(scalar)
        if Places.watches { stretch.place(current) }
    }

    /// Whether a stretch may be taken in two before a space: behind a visible ASCII scalar no normaliser looks across it.
    private var canCut: Bool {
        guard !Places.watches, model.metaspace.splits, !model.normaliser.stripsBeginnings, let last = stretch.bytes.last
        else { return false }
        return last > 0x20 && last < 0x7F
    }

    mutating func endWord() { take() }

    /// Makes tokens of what has gathered.
    private mutating func take() {
        guard !stretch.bytes.isEmpty else { return }
        // Taken out, so that its bytes can be walked over while the rest of this value changes.
        var taken = StretchText(isPlaced: Places.watches)
        swap(&taken, &stretch)
        model.normaliser.normalise(&taken)
        taken.bytes.withUnsafeBufferPointer { cut($0, from: taken.places) }
        taken.removeAll()
        swap(&taken, &stretch)
    }

    private mutating func cut(_ text: UnsafeBufferPointer<UInt8>, from places: [Range<Int>]) {
        var isWordStart = true
        let flags = ScalarProperties.shared.flags
        let metaspace = model.metaspace
        var at = 0
        while at < text.count, !isFull {
            let (scalar, length) = UTF8Scalar.decode(text, at: at)
            if metaspace.splitsAtWhitespace, flags[Int(scalar)] & ScalarProperties.whitespace != 0 {
                endPiece()
                (isWordStart, isFirst) = (true, false)
            } else {
                let isMark = scalar == 0x2581 || scalar == 0x20
                if isWordStart, !isMark, metaspace.prefix == .always || metaspace.prefix == .first && isFirst {
                    appendMark(from: places, at)
                } else if isMark, metaspace.splits {
                    endPiece()
                }
                if isMark {
                    appendMark(from: places, at)
                } else {
                    for byte in text[at..<at + length] { append(byte, from: places, at) }
                }
                (isWordStart, isFirst) = (false, false)
            }
            at += length
        }
        endPiece()
    }

    private mutating func appendMark(from places: [Range<Int>], _ at: Int) {
        for byte in Metaspace.mark { append(byte, from: places, at) }
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8, from places: [Range<Int>], _ at: Int) {
        word.append(byte)
        if Places.watches { wordPlaces.append(places[at]) }
    }

    /// Cuts the word that has gathered, if any, into pieces.
    private mutating func endPiece() {
        if word.isEmpty { return }
        if ids.pointee.count >= end {
            isFull = true
        } else {
            word.withUnsafeBufferPointer { model.cut($0, units, &lattice) }
            for (piece, start, stop) in lattice.path.reversed() { append(piece, start, stop) }
        }
        word.removeAll(keepingCapacity: true)
        wordPlaces.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ piece: Int32, _ start: Int, _ stop: Int) {
        guard piece == model.unknown else { return append(piece, over: start..<stop) }
        let bytes = word[start..<stop]
        if let known = model.trie.value(of: bytes) { return append(known, over: start..<stop) }
        let pieces = model.bytePieces.isEmpty ? [] : bytes.map { model.bytePieces[Int($0)] }
        if pieces.isEmpty || pieces.contains(-1) { return append(piece, over: start..<stop) }
        for byte in pieces { append(byte, over: start..<stop) }
    }

    private mutating func append(_ id: Int32, over bytes: Range<Int>) {
        guard ids.pointee.count < end else {
            isFull = true
            return
        }
        ids.pointee.append(id)
        guard Places.watches else { return }
        let (lower, upper) = (wordPlaces[bytes.lowerBound].lowerBound, wordPlaces[bytes.upperBound - 1].upperBound)
        places.token(at: min(lower, upper)..<max(lower, upper))
    }

    mutating func append(token id: Int32) {
        endWord()
        isFirst = false
        guard ids.pointee.count < end else {
            isFull = true
            return
        }
        ids.pointee.append(id)
        places.token()
    }
}
