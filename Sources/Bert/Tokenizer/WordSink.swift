// SPDX-License-Identifier: Apache-2.0

/// Hugging Face's BertPreTokenizer in front of a WordPiece model: cuts a normalised text into words at whitespace and
/// punctuation, and each word into pieces, as its scalars come in.
struct WordSink<Places: PlaceWatch>: TokenSink {
    /// What comes out, behind what the caller had in it. The array is used in place: to move it in and out would copy it
    /// whenever the optimiser misses that it is the only reference.
    private let ids: UnsafeMutablePointer<[Int32]>
    /// Whether a whole word or token came in that the limit left no room for.
    private var overflowed = false

    static var wantsPlaces: Bool { Places.watches }

    private(set) var places: Places
    private let model: WordPiece
    private let units: UnsafeBufferPointer<PieceTrie.Node>
    private let flags: UnsafePointer<UInt8>
    /// The word so far, while it has at most `model.maxScalarsPerWord` scalars; longer ones are only counted, so that the
    /// buffer and the time per scalar stay bounded.
    private let word: UnsafeMutablePointer<UInt8>
    private var bytes = 0
    private var scalars = 0
    /// The count of `ids` not to be passed.
    private let end: Int

    /// - Parameters:
    ///   - word: room for `4 * model.maxScalarsPerWord` bytes; it, `ids` and `units` must outlive this value.
    ///   - flags: those of `ScalarProperties`, likewise.
    ///   - limit: how many ids may be appended.
    init(
        model: WordPiece,
        units: UnsafeBufferPointer<PieceTrie.Node>,
        flags: UnsafePointer<UInt8>,
        word: UnsafeMutablePointer<UInt8>,
        ids: UnsafeMutablePointer<[Int32]>,
        places: Places,
        limit: Int
    ) {
        self.places = places
        self.model = model
        self.units = units
        self.flags = flags
        self.word = word
        self.ids = ids
        end = Self.end(of: ids.pointee, limit: limit)
    }

    var isFull: Bool { overflowed || scalars > 0 && ids.pointee.count >= end }

    @inline(__always)
    mutating func place(_ place: Range<Int>) { places.place(place) }

    mutating func translate(_ places: [Range<Int>]?) { self.places.translate(places) }

    @inline(__always)
    mutating func append(ascii byte: UInt8) {
        let kind = flags[Int(byte)] & (ScalarProperties.whitespace | ScalarProperties.punctuation)
        if kind == 0 {
            if scalars < model.maxScalarsPerWord {
                word[bytes] = byte
                bytes += 1
            }
            scalars += 1
            places.gathered(1)
        } else {
            endWord()
            if kind == ScalarProperties.punctuation {
                word[0] = byte
                bytes = 1
                scalars = 1
                places.gathered(1)
                endWord()
            }
        }
    }

    mutating func append(_ scalar: UInt32) {
        if scalar < 0x80 { return append(ascii: UInt8(truncatingIfNeeded: scalar)) }
        let kind = flags[Int(scalar)] & (ScalarProperties.whitespace | ScalarProperties.punctuation)
        if kind != 0 { endWord() }
        if kind == ScalarProperties.whitespace { return }
        let before = bytes
        if scalars < model.maxScalarsPerWord { bytes += UTF8Scalar.encode(scalar, to: word + bytes) }
        scalars += 1
        places.gathered(bytes - before)
        if kind != 0 { endWord() }
    }

    /// Cuts the word that has gathered, if any, into pieces.
    @inline(__always)
    mutating func endWord() {
        if scalars == 0 { return }
        let before = ids.pointee.count
        if ids.pointee.count >= end {
            overflowed = true
        } else if scalars > model.maxScalarsPerWord {
            ids.pointee.append(model.unknown)
        } else {
            model.append(UnsafeBufferPointer(start: word, count: bytes), units, to: &ids.pointee)
            if ids.pointee.count > end {
                ids.pointee.removeLast(ids.pointee.count - end)
                overflowed = true
            }
        }
        if Places.watches { places.endWord(ids.pointee[before...], bytes: model.byteCount) }
        bytes = 0
        scalars = 0
    }

    /// Ends the word and appends an id that stands for itself.
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
