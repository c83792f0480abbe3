// SPDX-License-Identifier: Apache-2.0
internal import Files

/// SentencePiece's `precompiled_charsmap`: which runs of text become which others, NFKC with additions as a rule.
///
/// The file's bytes: the length of a double array (Darts-clone by Susumu Yata), the array itself in units of 32 bits, then
/// the replacements one after the other, each with a NUL behind it. All numbers are little-endian. No place in the array
/// is trusted: a step that leads out of it finds nothing.
struct CharacterMap: Sendable, Equatable {
    private let units: [UInt32]
    private let replacements: [UInt8]
    /// The longest replacement that is accepted, in bytes: a text must not grow beyond all measure. NFKC's have up to 33.
    static let maxReplacement = 256
    /// Whether an ASCII scalar that stands alone stays as it is. `[128]`
    private(set) var keepsASCII: [Bool] = []

    init(_ bytes: [UInt8], path: String) throws(FileError) {
        func number(_ at: Int) -> UInt32 {
            bytes[at..<at + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard bytes.count >= 4, case let length = Int(number(0)), length % 4 == 0, length > 0,
            length <= bytes.count - 4
        else {
            throw FileError(.invalid, path: path, "precompiled_charsmap: the array is cut short, or of no whole units")
        }
        units = stride(from: 4, to: 4 + length, by: 4).map(number)
        replacements = Array(bytes[(4 + length)...])
        guard String(validating: replacements, as: UTF8.self) != nil else {
            throw FileError(.invalid, path: path, "precompiled_charsmap: the replacements are not UTF-8")
        }
        guard replacements.split(separator: 0).allSatisfy({ $0.count <= Self.maxReplacement }) else {
            let reason = "precompiled_charsmap: a replacement has more than \(Self.maxReplacement) bytes"
            throw FileError(.invalid, path: path, reason)
        }
        keepsASCII = (UInt8(0)..<128).map { byte in
            [byte].withUnsafeBufferPointer { replacement(of: $0) } == nil
        }
    }

    /// What the shortest run of the map that begins the text becomes; nil if none does. SentencePiece takes the longest:
    /// Hugging Face, which this follows, does not.
    func replacement(of text: UnsafeBufferPointer<UInt8>) -> ArraySlice<UInt8>? {
        var place = offset(units[0])
        for byte in text {
            guard byte != 0 else { return nil }
            place ^= Int(byte)
            guard place < units.count else { return nil }
            let unit = units[place]
            guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
            place ^= offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard place < units.count else { return nil }
            let start = Int(units[place] & (1 << 31 - 1))
            guard start < replacements.count, replacements[start] & 0xC0 != 0x80 else { return nil }
            return replacements[start...].prefix { $0 != 0 }
        }
        return nil
    }

    private func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
}
