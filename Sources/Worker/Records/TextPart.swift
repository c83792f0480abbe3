// SPDX-License-Identifier: Apache-2.0
import Bert

/// One of the texts of a record.
struct TextPart: Sendable, Equatable {
    /// Where in the JSON it stands; nil for the value itself, and for several texts in one.
    let pointer: String?
    let text: String

    /// Whether it holds white space alone, so that there is nothing to tag.
    var isBlank: Bool { text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}

extension [TextPart] {
    /// All texts as one, a line each or more.
    var joinedText: String { count == 1 ? self[0].text : map(\.text).joined(separator: "\n") }
}

/// One of several texts of a record that are tagged by themselves, too, as the model reads it.
struct EncodedPart: Sendable, Equatable {
    let pointer: String?
    /// Where it stands in the texts as one, in Unicode scalars.
    let place: Range<Int>
    /// Which of the record's sequences are its.
    let sequences: Range<Int>
}

/// Texts of a record as the model reads them.
struct EncodedTexts: Sendable {
    let encoding: Encoding
    /// None where there is one text.
    let parts: [EncodedPart]
}

extension ModelVersion {
    /// What the model can read of a record's texts. Of several, those that it cannot read do not take the others with them.
    struct Readable {
        let texts: [TextPart]
        let encoded: EncodedTexts
        /// Whether the vocabulary covers enough of them; else these are all of the record's texts.
        let isCovered: Bool
    }

    /// Tokenises the texts of a record.
    func read(_ texts: [TextPart]) throws(Rejection) -> Readable {
        var encodings: [Encoding] = []
        for text in texts { encodings.append(try encoding(of: text.text)) }
        let pairs = Array(zip(texts, encodings))
        let covered = pairs.filter { text, encoding in canRead(encoding, of: text.text) }
        let kept = covered.isEmpty ? pairs : covered
        return Readable(texts: kept.map(\.0), encoded: EncodedTexts(kept), isCovered: !covered.isEmpty)
    }

    /// The texts as the model reads them, covered or not.
    func encode(_ texts: [TextPart]) throws(Rejection) -> EncodedTexts {
        var pairs: [(TextPart, Encoding)] = []
        for text in texts { pairs.append((text, try encoding(of: text.text))) }
        return EncodedTexts(pairs)
    }
}

extension EncodedTexts {
    /// Joins texts that are tokenised each by itself.
    init(_ texts: [(text: TextPart, encoding: Encoding)]) {
        if texts.count == 1 {
            self.init(encoding: texts[0].encoding, parts: [])
            return
        }
        var (sequences, windows): ([[Int32]], [Range<Int>]) = ([], [])
        var parts: [EncodedPart] = []
        var (start, isTruncated, hasWindows) = (0, false, false)
        for (text, encoding) in texts {
            let place = start..<start + text.text.unicodeScalars.count
            let own = encoding.windows.map { start + $0.lowerBound..<start + $0.upperBound }
            windows += own.isEmpty ? [place] : own
            hasWindows = hasWindows || !own.isEmpty
            isTruncated = isTruncated || encoding.isTruncated
            let count = sequences.count
            sequences += encoding.sequences
            parts.append(EncodedPart(pointer: text.pointer, place: place, sequences: count..<sequences.count))
            // The end of its line.
            start = place.upperBound + 1
        }
        let encoding = Encoding(
            sequences: sequences,
            isTruncated: isTruncated,
            windows: hasWindows ? windows : []
        )
        self.init(encoding: encoding, parts: parts)
    }
}
