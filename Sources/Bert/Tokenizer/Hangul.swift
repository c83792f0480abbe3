// SPDX-License-Identifier: Apache-2.0

/// Hangul syllables decompose by arithmetic (Unicode 3.12): 19 leads, 21 vowels, 27 tails or none.
enum Hangul {
    static let syllables = 0xAC00..<0xD7A4

    /// What a lead and a vowel, or these as a syllable and a tail, are composed to; nil for anything else.
    static func syllable(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
            return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28
        }
        guard syllables.contains(Int(first)), (first - 0xAC00) % 28 == 0, (0x11A8..<0x11C3).contains(second) else {
            return nil
        }
        return first + second - 0x11A7
    }

    /// Lead and vowel, and the tail if there is one, of a scalar in `syllables`.
    static func jamo(of syllable: UInt32) -> (lead: UInt32, vowel: UInt32, tail: UInt32?) {
        let index = syllable - 0xAC00
        let tail = index % 28
        return (0x1100 + index / 588, 0x1161 + index % 588 / 28, tail == 0 ? nil : 0x11A7 + tail)
    }
}
