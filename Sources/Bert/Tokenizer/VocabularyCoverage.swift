// SPDX-License-Identifier: Apache-2.0

/// How much of a text a vocabulary has pieces for: what it does not, its model cannot have learnt to read.
///
/// A script counts as known if the vocabulary has a thousand pieces of it, or a twentieth of all its pieces. In a known
/// alphabet a letter that stands alone within a word is spelling, and not read; where most pieces are single letters,
/// as in Chinese, it is a piece like any other. Another language of a known script is not told apart.
public struct VocabularyCoverage: Sendable {
    private enum Reading: UInt8 {
        case always
        /// Unless it is a part of a word.
        case alone
        case never
    }

    private let letters: [UInt8]
    private let readings: [Reading]
    private let continues: [Bool]
    /// Whether a piece is less than a scalar, so that no letter is known by it.
    private let isFragment: [Bool]
    private let unknownID: Int32

    /// Letters that stand for a word without pieces.
    private static let lettersOfUnknown: UInt8 = 4
    private static let (leastPieces, leastShare, mostWords) = (1_000, 20, 0.9)

    /// - Parameter text: what a subword model says of a piece. Letters that become pieces of less than a scalar are as little
    ///   known as those without pieces.
    init(_ vocabulary: Vocabulary, text: (String) -> (text: Substring, continues: Bool)?, unknown: Int32) {
        var scripts = Scripts()
        var isFragment = [Bool](repeating: false, count: vocabulary.count)
        let pieces = (0..<Int32(vocabulary.count)).map { id -> (script: Substring, letters: UInt8, continues: Bool) in
            // What was added behind the model's own pieces is no word of a language.
            guard id < vocabulary.pieceCount, id != unknown else { return ("", 0, false) }
            let token = vocabulary.token(of: id)
            guard let (text, continues) = text(token) else {
                isFragment[Int(id)] = true
                return ("", 0, false)
            }
            let letters = text.unicodeScalars.filter(\.properties.isAlphabetic)
            guard let first = letters.first, !Self.isSpecial(token) else { return ("", 0, continues) }
            return (scripts[first], UInt8(clamping: letters.count), continues)
        }
        var counts: [Substring: (all: Int, words: Int)] = [:]
        for piece in pieces where piece.letters > 0 {
            counts[piece.script, default: (0, 0)].all += 1
            if piece.letters > 1 { counts[piece.script, default: (0, 0)].words += 1 }
        }
        let all = counts.values.reduce(0) { $0 + $1.all }
        let known = counts.filter { $0.value.all >= Self.leastPieces || $0.value.all * Self.leastShare >= all }
        readings = pieces.map { piece in
            guard let count = known[piece.script] else { return piece.letters > 0 ? .never : .always }
            return piece.letters > 1 || Double(count.words) < Self.mostWords * Double(count.all) ? .always : .alone
        }
        var lengths = pieces.map(\.letters)
        lengths[Int(unknown)] = Self.lettersOfUnknown
        letters = lengths
        continues = pieces.map(\.continues)
        self.isFragment = isFragment
        unknownID = unknown
    }

    /// Whether it is written as tokens of no text are: `[CLS]`, `<s>`.
    private static func isSpecial(_ token: String) -> Bool {
        token.hasPrefix("[") && token.hasSuffix("]") || token.hasPrefix("<") && token.hasSuffix(">")
    }

    /// The share of a text's letters that are read, 0 to 1; nil where it has no letters, nor anything unknown. What is
    /// unknown and has no letters, as emoji, counts only where there is nothing else.
    ///
    /// - Parameter text: what the sequences were made of.
    public func share(of sequences: [[Int32]], in text: String) -> Float? {
        var (all, read, unknown, fragments) = (0, 0, 0, 0)
        for ids in sequences {
            for (index, id) in ids.enumerated() {
                let count = Int(letters[Int(id)])
                if isFragment[Int(id)] { fragments += 1 }
                guard id != unknownID else {
                    unknown += count
                    continue
                }
                all += count
                switch readings[Int(id)] {
                case .always: read += count
                case .alone:
                    let isFollowed = index + 1 < ids.count && continues[Int(ids[index + 1])]
                    if !continues[Int(id)], !isFollowed { read += count }
                case .never: break
                }
            }
        }
        if unknown + fragments > 0 {
            // Which letters of the text are in no piece that is known; of a text that was cut, as many as is likely.
            let others = text.unicodeScalars.reduce(-all) { $1.properties.isAlphabetic ? $0 + 1 : $0 }
            all += min(max(others, 0), unknown + fragments)
        }
        return all > 0 ? Float(read) / Float(all) : unknown > 0 ? 0 : nil
    }

    /// The scripts of letters, by the first word of their names: LATIN, CYRILLIC, CJK.
    private struct Scripts {
        private var known: [Unicode.Scalar: Substring] = [:]

        subscript(letter: Unicode.Scalar) -> Substring {
            mutating get {
                if let script = known[letter] { return script }
                let script = letter.properties.name?.prefix { $0 != " " } ?? ""
                known[letter] = script
                return script
            }
        }
    }
}
