// SPDX-License-Identifier: Apache-2.0

/// The words of texts, and which tokens of which sequences each became.
struct PlacedWords {
    struct Word {
        /// In Unicode scalars.
        var place: Range<Int>
        /// One run in each sequence that the word stands in.
        var tokens: [(sequence: Int, tokens: Range<Int>)]

        /// Takes what comes behind it.
        mutating func append(_ other: Word) {
            place = place.lowerBound..<Swift.max(place.upperBound, other.place.upperBound)
            for run in other.tokens {
                if let index = tokens.firstIndex(where: { $0.sequence == run.sequence }) {
                    let own = tokens[index].tokens
                    let (lower, upper) = (own.lowerBound, own.upperBound)
                    tokens[index].tokens = min(lower, run.tokens.lowerBound)..<max(upper, run.tokens.upperBound)
                } else {
                    tokens.append(run)
                }
            }
        }
    }

    private(set) var words: [Word] = []

    /// Adds the words of a text.
    ///
    /// - Parameters:
    ///   - places: of the tokens of each of its sequences; nil for special tokens.
    ///   - sequence: the number of the first of them.
    ///   - start: where the text begins.
    mutating func append(
        _ places: [[Range<Int>?]],
        from sequence: Int,
        of scalars: [Unicode.Scalar],
        at start: Int
    ) {
        let tokens = places.enumerated().flatMap { number, places in
            places.enumerated().compactMap { index, place in
                place.map { Word(place: $0, tokens: [(sequence + number, index..<index + 1)]) }
            }
        }
        // What several windows have of the text comes together.
        let inOrder = tokens.sorted {
            ($0.place.lowerBound, $0.tokens[0].tokens.lowerBound) < (
                $1.place.lowerBound, $1.tokens[0].tokens.lowerBound
            )
        }
        var end: Int?
        for var token in inOrder {
            let place = token.place
            token.place = start + place.lowerBound..<start + place.upperBound
            if let end, !Self.isBoundary(from: end, to: place.lowerBound, in: scalars) {
                words[words.count - 1].append(token)
            } else {
                words.append(token)
            }
            end = max(end ?? 0, place.upperBound)
        }
    }

    /// The words, or, if they are more than a number, runs of them.
    func joined(upTo count: Int) -> [Word] {
        let length = (words.count + count - 1) / count
        guard length > 1 else { return words }
        return stride(from: 0, to: words.count, by: length).map { first in
            var word = words[first]
            for other in words[first + 1..<min(first + length, words.count)] { word.append(other) }
            return word
        }
    }

    /// Whether a token that begins at `start` begins a word, where the one before it ended at `end`.
    private static func isBoundary(from end: Int, to start: Int, in scalars: [Unicode.Scalar]) -> Bool {
        guard end <= start else { return false }
        if start < scalars.count, scalars[start].isOfUnspacedScript { return true }
        if end > 0, scalars[end - 1].isOfUnspacedScript { return true }
        return scalars[end..<start].contains(where: \.properties.isWhitespace)
    }
}

extension Unicode.Scalar {
    /// Whether it is of a script whose words white space does not part: Han, Kana, Thai, Lao, Myanmar, Khmer.
    fileprivate var isOfUnspacedScript: Bool {
        if properties.isIdeographic { return true }
        return switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F: true
        default: false
        }
    }
}
