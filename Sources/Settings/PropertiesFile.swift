// SPDX-License-Identifier: Apache-2.0

/// Reads Java's `.properties` format as `java.util.Properties.load(Reader)` does, from a text that was UTF-8. (From a
/// stream Java takes the bytes for ISO 8859-1; files in ASCII with `\u` escapes are the same either way.)
///
/// `key = value`, `key: value` or `key value`; `#` and `!` begin a comment; a backslash escapes what follows it, the end of a
/// line too. White space at the end of a value belongs to it.
struct PropertiesFile {
    /// One entry, and the line that it begins on, from 1.
    struct Entry: Equatable {
        let line: Int
        let key: String
        let value: String
    }

    /// What Java would refuse the file for.
    struct Problem: Error, Equatable {
        let line: Int
        let reason: String
    }

    /// The entries in order, those with a problem left out.
    private(set) var entries: [Entry] = []
    private(set) var problems: [Problem] = []

    init(_ text: String) {
        var lines = PropertiesLines(text)
        while let line = lines.next() {
            do throws(Problem) {
                entries.append(try Self.entry(line.units[...], line: line.number))
            } catch {
                problems.append(error)
            }
        }
    }

    private static func entry(_ units: ArraySlice<UInt16>, line: Int) throws(Problem) -> Entry {
        let isSeparator: (UInt16) -> Bool = { $0 == UInt16(ascii: "=") || $0 == UInt16(ascii: ":") }
        var isEscaped = false
        let end =
            units.firstIndex { unit in
                if !isEscaped, isSeparator(unit) || PropertiesLines.isSpace(unit) { return true }
                isEscaped = unit == UInt16(ascii: "\\") && !isEscaped
                return false
            } ?? units.endIndex
        var rest = units[end...].drop(while: PropertiesLines.isSpace)
        if let first = rest.first, isSeparator(first) { rest = rest.dropFirst().drop(while: PropertiesLines.isSpace) }
        return Entry(line: line, key: try unescaped(units[..<end], line), value: try unescaped(rest, line))
    }

    private static func unescaped(_ units: ArraySlice<UInt16>, _ line: Int) throws(Problem) -> String {
        var result: [UInt16] = []
        var rest = units
        while let unit = rest.popFirst() {
            guard unit == UInt16(ascii: "\\"), let escaped = rest.popFirst() else {
                result.append(unit)
                continue
            }
            switch escaped {
            case UInt16(ascii: "n"): result.append(0x0A)
            case UInt16(ascii: "t"): result.append(0x09)
            case UInt16(ascii: "r"): result.append(0x0D)
            case UInt16(ascii: "f"): result.append(0x0C)
            case UInt16(ascii: "u"):
                let digits = rest.prefix(4).compactMap { Unicode.Scalar($0).flatMap { Character($0).asciiHexValue } }
                guard digits.count == 4 else {
                    throw Problem(line: line, reason: #"\u is not followed by four hexadecimal digits"#)
                }
                result.append(digits.reduce(0) { $0 << 4 | $1 })
                rest = rest.dropFirst(4)
            default: result.append(escaped)
            }
        }
        guard let text = String(validating: result, as: UTF16.self) else {
            throw Problem(line: line, reason: #"\u names half of a surrogate pair without the other"#)
        }
        return text
    }
}

extension UInt16 {
    /// The code unit of an ASCII character.
    init(ascii scalar: Unicode.Scalar) { self = UInt16(UInt8(ascii: scalar)) }
}

extension Character {
    fileprivate var asciiHexValue: UInt16? { isASCII ? hexDigitValue.map(UInt16.init) : nil }
}
