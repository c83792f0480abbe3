// SPDX-License-Identifier: Apache-2.0

/// Takes the spaces at either end of a token out of its place, as `trim_offsets` of Hugging Face's post-processors does.
struct PlaceTrimming: Sendable, Equatable {
    /// Whether a space was put before the text: the first token's one space takes none of its place then. Hugging Face
    /// asks nothing of the kind behind an added token, where the place loses the first scalar of the word.
    let addsPrefixSpace: Bool

    /// Trims the places of a text's tokens, from the first on.
    ///
    /// - Parameter added: the ids of added tokens, which may have taken whitespace of the text.
    func trim(
        _ tokens: inout PlacedTokens,
        of text: UnsafeBufferPointer<UInt8>,
        _ vocabulary: Vocabulary,
        added: Set<Int32>
    ) {
        for index in tokens.ids.indices {
            let id = tokens.ids[index]
            // The token for what has no pieces is often an added one, too: then the text is a word, of which nothing is taken.
            let (token, isSpace) =
                added.contains(id)
                ? (String(decoding: text[tokens.places[index]], as: UTF8.self).unicodeScalars, Self.isWhitespace)
                : (vocabulary.token(of: id).unicodeScalars, Self.isSpace)
            var leading = token.prefix(while: isSpace).count
            let trailing = token.reversed().prefix(while: isSpace).count
            if leading == 0, trailing == 0 { continue }
            var (lower, upper) = (tokens.places[index].lowerBound, tokens.places[index].upperBound)
            if addsPrefixSpace, leading == 1, index == 0 || lower == 0 { leading = 0 }
            for _ in 0..<leading where lower < upper { lower += UTF8Scalar.decode(text, at: lower).length }
            for _ in 0..<trailing where upper > lower { upper -= UTF8Scalar.decode(text, before: upper).length }
            tokens.places[index] = lower..<max(lower, upper)
        }
    }

    /// Whitespace, or what stands for a space in a piece of byte-level BPE.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == UInt32(ByteLevelAlphabet.scalars[0x20]) || isWhitespace(scalar)
    }

    private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
}
