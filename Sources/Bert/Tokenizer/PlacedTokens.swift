// SPDX-License-Identifier: Apache-2.0

/// Tokens of a text, and where in it each stands.
public struct PlacedTokens: Sendable, Equatable {
    /// Without the special tokens around the text.
    public internal(set) var ids: [Int32] = []
    /// In bytes of the text's UTF-8, one for each id. Tokens may share a place, as the parts of one Korean syllable do.
    public internal(set) var places: [Range<Int>] = []
}

/// Watches where the scalars of a text come from, for a sink of words.
protocol PlaceWatch {
    /// Whether it does: then a sink takes the trouble.
    static var watches: Bool { get }
    mutating func place(_ place: Range<Int>)
    mutating func translate(_ places: [Range<Int>]?)
    /// A scalar was taken into the word, as so many bytes.
    mutating func gathered(_ bytes: Int)
    /// The word became these ids, each of so many bytes of it; one that has none stands for the whole word.
    mutating func endWord(_ ids: ArraySlice<Int32>, bytes: (_ id: Int32, _ isFirst: Bool) -> Int?)
    /// A token takes so many of the word's bytes, behind those of the one before it.
    mutating func token(of bytes: Int)
    /// So many bytes of the word, all that tokens were made of among them, are done with.
    mutating func pass(_ bytes: Int)
    /// A token stands here.
    mutating func token(at place: Range<Int>)
    /// An added token stands at the place.
    mutating func token()
}

/// Does not watch.
struct NoPlaces: PlaceWatch {
    static var watches: Bool { false }
    @inline(__always) mutating func place(_ place: Range<Int>) {}
    @inline(__always) mutating func translate(_ places: [Range<Int>]?) {}
    @inline(__always) mutating func gathered(_ bytes: Int) {}
    @inline(__always) mutating func endWord(_ ids: ArraySlice<Int32>, bytes: (Int32, Bool) -> Int?) {}
    @inline(__always) mutating func token(of bytes: Int) {}
    @inline(__always) mutating func pass(_ bytes: Int) {}
    @inline(__always) mutating func token(at place: Range<Int>) {}
    @inline(__always) mutating func token() {}
}

/// Notes the place of each token.
struct TokenPlaces: PlaceWatch {
    static var watches: Bool { true }
    private(set) var places: [Range<Int>] = []
    private var current = 0..<0
    private var translation: [Range<Int>]?
    /// Of the scalars of the word so far.
    private var word: [(bytes: Int, place: Range<Int>)] = []
    /// The scalar in which the next token of the word begins, and how many of its bytes the one before took.
    private var next = 0
    private var taken = 0

    mutating func place(_ place: Range<Int>) {
        guard let translation else {
            current = place
            return
        }
        current = translation[place.lowerBound].lowerBound..<translation[place.upperBound - 1].upperBound
    }

    mutating func translate(_ places: [Range<Int>]?) { translation = places }

    mutating func gathered(_ bytes: Int) { word.append((bytes, current)) }

    mutating func endWord(_ ids: ArraySlice<Int32>, bytes: (Int32, Bool) -> Int?) {
        defer { word.removeAll(keepingCapacity: true) }
        guard let first = word.first, let last = word.last else { return }
        var at = 0
        for (index, id) in zip(ids.indices, ids) {
            guard var rest = bytes(id, index == ids.startIndex) else {
                places.append(first.place.lowerBound..<last.place.upperBound)
                continue
            }
            let start = at
            while rest > 0, at < word.count {
                rest -= word[at].bytes
                at += 1
            }
            // Reordered marks may put the end before the beginning.
            let stretch = word[start..<at].map(\.place)
            let (lower, upper) = (stretch.first?.lowerBound ?? 0, stretch.last?.upperBound ?? 0)
            places.append(min(lower, upper)..<max(lower, upper))
        }
    }

    mutating func token(of bytes: Int) {
        guard next < word.count else { return }
        let first = word[next].place
        taken += bytes
        while next + 1 < word.count, taken > word[next].bytes {
            taken -= word[next].bytes
            next += 1
        }
        let last = word[next].place
        if taken >= word[next].bytes {
            taken = 0
            next += 1
        }
        places.append(min(first.lowerBound, last.upperBound)..<max(first.lowerBound, last.upperBound))
    }

    mutating func pass(_ bytes: Int) {
        var rest = bytes
        word.removeSubrange(
            ..<(word.firstIndex { scalar in
                defer { rest -= scalar.bytes }
                return rest <= 0
            } ?? word.count)
        )
        (next, taken) = (0, 0)
    }

    mutating func token(at place: Range<Int>) { places.append(place) }

    mutating func token() { places.append(current) }
}
