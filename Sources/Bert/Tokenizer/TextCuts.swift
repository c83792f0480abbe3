// SPDX-License-Identifier: Apache-2.0

/// Walks a text as Hugging Face splits it: stretches of plain text, and the added tokens between them.
///
/// It looks ahead no further than a window, so that a long text of which only the beginning is wanted is not searched
/// to its end.
struct TextCuts {
    enum Cut {
        /// Plain text. What follows may be more of the same stretch: a word may go on in it.
        case text(Range<Int>)
        case token(Int32, Range<Int>)
    }

    private let text: UnsafeBufferPointer<UInt8>
    private let tokens: AddedTokens
    private let window: Int
    private var handedOut = 0
    private var searched = 0
    private var waiting: AddedTokens.Match?

    /// - Parameter window: bytes to look ahead, at least 4.
    init(_ text: UnsafeBufferPointer<UInt8>, tokens: AddedTokens, window: Int) {
        self.text = text
        self.tokens = tokens
        self.window = window
    }

    mutating func next() -> Cut? {
        if let match = waiting {
            waiting = nil
            handedOut = match.range.upperBound
            return .token(match.id, match.range)
        }
        guard handedOut < text.count else { return nil }
        var horizon = window >= text.count - handedOut ? text.count : boundary(handedOut + window)
        // Whitespace is not handed out before it is known whether a token behind it takes it.
        while tokens.stripsLeft, horizon < text.count,
            tokens.isWhitespace(UTF8Scalar.decode(text, before: horizon).scalar)
        {
            horizon += UTF8Scalar.decode(text, at: horizon).length
        }
        if !tokens.isEmpty {
            let (match, upTo) = tokens.first(in: text, min(searched, horizon)..<horizon, handedOut: handedOut)
            searched = max(searched, upTo)
            if let match {
                let plain = handedOut..<max(handedOut, match.range.lowerBound)
                handedOut = match.range.upperBound
                if plain.isEmpty { return .token(match.id, match.range) }
                waiting = match
                return .text(plain)
            }
        }
        let plain = handedOut..<horizon
        handedOut = horizon
        return .text(plain)
    }

    /// The beginning of the scalar at `index`, which must lie within the text.
    private func boundary(_ index: Int) -> Int {
        var index = index
        for _ in 0..<3 where text[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }
}
