// SPDX-License-Identifier: Apache-2.0

/// Which kind each Unicode scalar is of to the regular expression of byte-level BPE, one byte a scalar.
final class ScalarKinds: Sendable {
    /// Read once, on first use, in less than a millisecond.
    static let shared = ScalarKinds()

    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let whitespace: UInt8 = 3

    /// `[0x110000]`, indexed by scalar.
    let kinds: [UInt8]

    private init() {
        var kinds = [UInt8](repeating: Self.other, count: 0x11_0000)
        let tables: [(UInt8, StaticString)] = [
            (Self.letter, UnicodeData.letters), (Self.number, UnicodeData.numbers),
            (Self.whitespace, UnicodeData.whitespace),
        ]
        for (kind, ranges) in tables {
            var text = HexadecimalText(ranges)
            while let first = text.number() {
                let last = text.skip("-") ? text.number() ?? first : first
                for scalar in first...last { kinds[Int(scalar)] = kind }
            }
        }
        self.kinds = kinds
    }
}
