// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A token that is looked for in the text itself, before any word is cut; in Hugging Face's files, an `AddedToken`.
struct AddedToken: Sendable, Equatable {
    var content: String
    var id: Int32
    /// Only where no word character touches it.
    var singleWord = false
    /// Takes the whitespace before it.
    var stripsLeft = false
    /// Takes the whitespace behind it.
    var stripsRight = false
    /// Its normalised form is looked for in the normalised text, not its content in the raw one.
    var normalised = false
    /// Left out by decoding when asked; plain text where the tokenizer splits special tokens.
    var special = true
}

/// Finds added tokens: at each position the longest, from left to right, as Hugging Face's leftmost-longest automaton.
struct AddedTokens: Sendable, Equatable {
    private let tokens: [AddedToken]
    private let passesOverSpecial: Bool
    private let trie: PieceTrie
    /// The bytes that patterns begin with. `[256]`
    private let begins: [Bool]
    /// The one byte that all patterns begin with, if it is one: then the C library scans for it.
    private let onlyBegin: UInt8?

    var isEmpty: Bool { tokens.isEmpty }
    /// Whether one takes the whitespace before it.
    let stripsLeft: Bool

    /// - Parameters:
    ///   - patterns: what to look for, for each token; none empty.
    ///   - passesOverSpecial: whether special tokens are plain text, in which no other token is found either.
    /// - Throws: if two patterns are equal.
    init(
        _ tokens: [AddedToken],
        patterns: PieceList,
        passingOverSpecial passesOverSpecial: Bool
    ) throws(PieceTrie.Repeat) {
        self.tokens = tokens
        stripsLeft = tokens.contains(where: \.stripsLeft)
        self.passesOverSpecial = passesOverSpecial
        trie = try PieceTrie(pieces: patterns, values: tokens.indices.map(Int32.init))
        var begins = [Bool](repeating: false, count: 256)
        for index in tokens.indices { begins[Int(patterns.byte(index, 0))] = true }
        self.begins = begins
        let all = begins.indices.filter { begins[$0] }
        onlyBegin = all.count == 1 ? UInt8(all[0]) : nil
    }

    /// A place where a token stands, with its whitespace if it takes that.
    struct Match {
        let id: Int32
        let range: Range<Int>
        /// The end of the token without whitespace: where the search goes on.
        let searchEnd: Int
    }

    /// The first token that begins in `range`; `handedOut` is where the text not yet taken by earlier matches begins.
    /// The whole text is needed around it: a token may reach past the range, and a word character before it counts.
    func first(in text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, handedOut: Int) -> (Match?, searched: Int) {
        var at = range.lowerBound
        while let start = nextBegin(in: text, at, range.upperBound) {
            guard let (index, end) = longest(in: text, at: start) else {
                at = start + 1
                continue
            }
            let token = tokens[index]
            if passesOverSpecial && token.special || token.singleWord && touchesWord(text, start, end) {
                at = end
                continue
            }
            var lower = start
            while token.stripsLeft, lower > handedOut {
                let (scalar, length) = UTF8Scalar.decode(text, before: lower)
                guard isWhitespace(scalar) else { break }
                lower = max(handedOut, lower - length)
            }
            var upper = end
            while token.stripsRight, upper < text.count {
                let (scalar, length) = UTF8Scalar.decode(text, at: upper)
                guard isWhitespace(scalar) else { break }
                upper += length
            }
            return (Match(id: token.id, range: lower..<upper, searchEnd: end), end)
        }
        return (nil, max(at, range.upperBound))
    }

    private func nextBegin(in text: UnsafeBufferPointer<UInt8>, _ from: Int, _ to: Int) -> Int? {
        guard from < to, let start = text.baseAddress else { return nil }
        if let onlyBegin {
            return memchr(start + from, Int32(onlyBegin), to - from).map {
                UnsafeRawPointer($0) - UnsafeRawPointer(start)
            }
        }
        return begins.withUnsafeBufferPointer { begins in
            var at = from
            while at < to, !begins[Int(text[at])] { at += 1 }
            return at < to ? at : nil
        }
    }

    private func longest(in text: UnsafeBufferPointer<UInt8>, at start: Int) -> (token: Int, end: Int)? {
        trie.withUnits { units in
            var found: (Int, Int)?
            var node = trie.root
            var at = start
            while at < text.count {
                node = PieceTrie.step(units, node, text[at])
                if node == 0 { break }
                at += 1
                if PieceTrie.value(node) >= 0 { found = (Int(PieceTrie.value(node)), at) }
            }
            return found
        }
    }

    private func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        start > 0 && ScalarProperties.isWordCharacter(UTF8Scalar.decode(text, before: start).scalar)
            || end < text.count && ScalarProperties.isWordCharacter(UTF8Scalar.decode(text, at: end).scalar)
    }

    func isWhitespace(_ scalar: UInt32) -> Bool {
        ScalarProperties.shared.flags[Int(scalar)] & ScalarProperties.whitespace != 0
    }
}
