// SPDX-License-Identifier: Apache-2.0

/// The scalars that stand for single bytes in the pieces of a byte-level BPE, as GPT-2 chose them: bytes that are visible
/// in Latin-1 stand for themselves, the others for U+0100 and those behind it, in order. A space is `Ġ`.
enum ByteLevelAlphabet {
    /// The scalar of each byte, at most U+0143: one byte of UTF-8 or two. `[256]`
    static let scalars: [UInt16] = {
        var scalars: [UInt16] = []
        var next: UInt16 = 0x100
        for byte in UInt16(0)..<256 {
            if isVisible(byte) {
                scalars.append(byte)
            } else {
                scalars.append(next)
                next += 1
            }
        }
        return scalars
    }()

    private static let bytes: [UInt16: UInt8] = Dictionary(
        uniqueKeysWithValues: scalars.enumerated().map { ($1, UInt8($0)) }
    )

    /// The length of a byte's scalar in UTF-8.
    @inline(__always)
    static func length(of byte: UInt8) -> Int { byte > 0x20 && byte < 0x7F ? 1 : 2 }

    /// A byte's scalar in UTF-8.
    static func utf8(of byte: UInt8) -> [UInt8] {
        let scalar = scalars[Int(byte)]
        guard scalar >= 0x80 else { return [UInt8(scalar)] }
        return [UInt8(0xC0 | scalar >> 6), UInt8(0x80 | scalar & 0x3F)]
    }

    /// The bytes that a token stands for; nil if one of its scalars stands for none.
    static func bytes(of token: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in token.unicodeScalars {
            guard let code = UInt16(exactly: scalar.value), let byte = Self.bytes[code] else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func isVisible(_ byte: UInt16) -> Bool {
        switch byte {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
        default: false
        }
    }
}
