// SPDX-License-Identifier: Apache-2.0

/// Walks the text of a table: hexadecimal numbers between spaces and marks, or lines of letters.
struct HexadecimalText {
    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// A static string lives as long as the process, and so may the pointer into it.
    init(_ table: StaticString) {
        text = UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount)
    }

    /// The next number, after spaces and line ends; nil at the end of the text.
    mutating func number() -> UInt32? {
        while position < text.count, text[position] == UInt8(ascii: " ") || text[position] == UInt8(ascii: "\n") {
            position += 1
        }
        let start = position
        var value: UInt32 = 0
        while position < text.count, let digit = Self.digit(text[position]) {
            value = value << 4 | digit
            position += 1
        }
        return position > start ? value : nil
    }

    /// Steps over `mark` if it comes next, and says whether it did.
    mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    /// The next scalar of this line, after one space; nil at the line's end.
    mutating func letter() -> Unicode.Scalar? {
        if position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
        guard position < text.count, text[position] != UInt8(ascii: "\n") else { return nil }
        let (scalar, length) = UTF8Scalar.decode(text, at: position)
        position += length
        return Unicode.Scalar(scalar)
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 0x30
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 0x37
        default: nil
        }
    }
}
