// SPDX-License-Identifier: Apache-2.0

/// A word of a text, and how much a prediction rests on it.
public struct WordWeight: Sendable, Equatable {
    /// Where the word stands in the text, in Unicode scalars.
    public let place: Range<Int>
    /// By how much the score of the label falls without it; below zero where it rises.
    public let weight: Float
}

/// Leaves the words of a text out, one after the other, to find out which of them a prediction rests on.
///
/// Occlusion: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014); with words, Li, Monroe and
/// Jurafsky, "Understanding Neural Networks through Representation Erasure" (2016). It costs an encoding for each word, and
/// says what it claims: how the score moves without the word, all else as it was.
///
/// Words are what white space parts; in scripts that have none between words, as Chinese and Thai, each token is one.
public struct Occlusion: Sendable {
    /// What one sequence lacks.
    private struct Gap {
        let word: Int
        let sequence: Int
        var tokens: Range<Int>
    }

    private let sequences: [[Int32]]
    /// Where the words stand, in Unicode scalars of the texts, a scalar between each two.
    private let words: [Range<Int>]
    /// A word has one in each window that it stands in.
    private let gaps: [Gap]

    /// - Parameters:
    ///   - texts: those of one prediction; most have one.
    ///   - maxWords: if there are more words, several in a row are left out together.
    /// - Returns: nil if a text is longer than `limit` and is to be rejected for that.
    public init?(of texts: [String], by tokenizer: Tokenizer, within limit: TextLimit, maxWords: Int) {
        var (sequences, start) = ([[Int32]](), 0)
        var words = PlacedWords()
        for text in texts {
            guard let (encoding, places) = tokenizer.encodingWithPlaces(of: text, within: limit) else { return nil }
            let scalars = Array(text.unicodeScalars)
            words.append(places, from: sequences.count, of: scalars, at: start)
            sequences += encoding.sequences
            start += scalars.count + 1
        }
        let joined = words.joined(upTo: maxWords)
        self.sequences = sequences
        self.words = joined.map(\.place)
        gaps = joined.enumerated().flatMap { number, word in
            word.tokens.map { Gap(word: number, sequence: $0.sequence, tokens: $0.tokens) }
        }
    }

    /// How many sequences are to be encoded.
    public var count: Int { gaps.count }

    /// One of the sequences that are to be encoded, without one of the words.
    public func ids(at index: Int) -> [Int32] {
        var ids = sequences[gaps[index].sequence]
        ids.removeSubrange(gaps[index].tokens)
        return ids
    }

    /// How much each word weighs for the label with the highest score, `[words]`.
    ///
    /// - Parameters:
    ///   - rows: what a classifier says of the texts as they are, `[sequences, rowWidth]`.
    ///   - others: of the sequences with words left out, `[count, rowWidth]`.
    public func weights(
        _ rows: ArraySlice<Float>,
        without others: ArraySlice<Float>,
        by model: Model,
        merging merge: WindowMerge = .mean
    ) -> [Float] {
        let width = model.rowWidth
        let whole = model.scores(of: rows, for: Encoding(sequences: sequences, isTruncated: false), merging: merge)
        guard let best = whole.indices.max(by: { whole[$0] < whole[$1] }) else { return [] }
        var next = gaps.startIndex
        return words.indices.map { word in
            var (sequences, rows) = (sequences, Array(rows))
            while next < gaps.endIndex, gaps[next].word == word {
                let (sequence, row) = (gaps[next].sequence, others.startIndex + next * width)
                sequences[sequence].removeSubrange(gaps[next].tokens)
                rows.replaceSubrange(sequence * width..<(sequence + 1) * width, with: others[row..<row + width])
                next += 1
            }
            let encoding = Encoding(sequences: sequences, isTruncated: false)
            return whole[best] - model.scores(of: rows[...], for: encoding, merging: merge)[best]
        }
    }

    /// The words that weigh most, for the label or against it, the heaviest first.
    ///
    /// - Parameter weights: `[words]`.
    public func heaviest(_ count: Int, by weights: [Float]) -> [WordWeight] {
        let sorted = zip(words, weights).map(WordWeight.init).sorted { first, second in
            (abs(second.weight), first.place.lowerBound) < (abs(first.weight), second.place.lowerBound)
        }
        return Array(sorted.prefix(count))
    }
}
