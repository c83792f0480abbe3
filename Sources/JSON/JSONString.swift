// SPDX-License-Identifier: Apache-2.0

/// Where a string stands in a JSON text.
public struct JSONString: Sendable, Equatable {
    /// Its bytes as they are written, without the quotes.
    let range: Range<Int>
    let hasEscapes: Bool
}

extension JSONReader {
    /// A string's text, escapes undone; nil if it has half a surrogate pair, which the grammar allows and no text holds.
    public func text(_ string: JSONString) -> String? {
        string.hasEscapes ? unescaped(string).map { String(decoding: $0, as: UTF8.self) } : written(string.range)
    }

    /// The same in UTF-8.
    public func utf8(_ string: JSONString) -> ArraySlice<UInt8>? {
        string.hasEscapes ? unescaped(string)?[...] : bytes[string.range]
    }

    /// Where all strings of a JSON text are, names of members too, quotes included.
    package static func strings(in bytes: [UInt8]) throws(JSONFailure) -> [Range<Int>] {
        var reader = try JSONReader(bytes)
        var strings: [Range<Int>] = []
        // Outside of a string, a quote can only begin one.
        while let start = bytes[reader.position...].firstIndex(of: UInt8(ascii: "\"")) {
            reader.position = start
            _ = try reader.scanString()
            strings.append(start..<reader.position)
        }
        return strings
    }

    /// Whether a string is this text, code point by code point (RFC 8259, section 8.3), however it is written.
    /// - Parameter utf8: the text in UTF-8.
    public func isEqual(_ string: JSONString, _ utf8: [UInt8]) -> Bool {
        guard string.hasEscapes else {
            return string.range.count == utf8.count && bytes[string.range].elementsEqual(utf8)
        }
        // Each byte of UTF-8 takes at most six in an escape.
        guard string.range.count <= 6 * utf8.count else { return false }
        return unescaped(string) == utf8
    }

    /// The same of a text that is part of the program.
    public func isEqual(_ string: JSONString, _ text: StaticString) -> Bool {
        let utf8 = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard !string.hasEscapes else { return isEqual(string, Array(utf8)) }
        guard string.range.count == utf8.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            utf8.indices.allSatisfy { bytes[string.range.lowerBound + $0] == utf8[$0] }
        }
    }

    /// Passes over a string, which is to begin with the next byte.
    mutating func scanString() throws(JSONFailure) -> JSONString {
        try expect(UInt8(ascii: "\""))
        let start = position
        var hasEscapes = false
        while true {
            position = endOfPlain(from: position)
            switch peek {
            case UInt8(ascii: "\""):
                position += 1
                return JSONString(range: start..<position - 1, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                position += 1
                hasEscapes = true
                try scanEscape()
            default: throw .notJSON(position: position)
            }
        }
    }

    /// The index of the next byte that is more than itself in a string, or cannot be in one; else of the end.
    private func endOfPlain(from start: Int) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index < bytes.count, bytes[index] >= 0x20, bytes[index] != UInt8(ascii: "\""),
                bytes[index] != UInt8(ascii: "\\")
            { index += 1 }
            return index
        }
    }

    private mutating func scanEscape() throws(JSONFailure) {
        let kind = peek
        guard Self.meaning(of: kind) == nil else {
            position += 1
            return
        }
        guard kind == UInt8(ascii: "u") else { throw .notJSON(position: position) }
        position += 1
        for _ in 0..<4 {
            guard Self.digit(peek) != nil else { throw .notJSON(position: position) }
            position += 1
        }
    }

    /// The bytes of a string's text; nil if it has half a surrogate pair.
    private func unescaped(_ string: JSONString) -> [UInt8]? {
        var text: [UInt8] = []
        text.reserveCapacity(string.range.count)
        var index = string.range.lowerBound
        while index < string.range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            if let byte = Self.meaning(of: bytes[index + 1]) {
                text.append(byte)
                index += 2
                continue
            }
            var value = unit(at: index)
            index += 6
            if value & 0xFC00 == 0xD800, index + 6 <= string.range.upperBound, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            {
                let low = unit(at: index)
                guard low & 0xFC00 == 0xDC00 else { return nil }
                value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
                index += 6
            }
            guard let scalar = Unicode.Scalar(value) else { return nil }
            text.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        }
        return text
    }

    /// The number in `\u` and four hexadecimal digits.
    private func unit(at index: Int) -> UInt32 {
        (index + 2..<index + 6).reduce(0) { $0 << 4 | (Self.digit(bytes[$1]) ?? 0) }
    }

    /// What a backslash and this byte mean, if they mean one byte.
    private static func meaning(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// The value of a hexadecimal digit.
    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
