// SPDX-License-Identifier: Apache-2.0

/// The logical lines of a `.properties` file, continuations joined, comments and blank lines left out. Java's own units
/// are UTF-16's, and so are these.
struct PropertiesLines {
    private let text: [UInt16]
    private var position = 0
    private var number = 1

    init(_ text: String) {
        self.text = Array(text.utf16)
    }

    /// Space, tab and form feed; no other white space counts.
    static func isSpace(_ unit: UInt16) -> Bool { unit == 0x20 || unit == 0x09 || unit == 0x0C }

    /// Line feed and carriage return; form feeds and Unicode's line separators end no line.
    private static func isEnd(_ unit: UInt16) -> Bool { unit == 0x0A || unit == 0x0D }

    /// The next line with the number of the one that it begins on; nil after the last.
    mutating func next() -> (number: Int, units: [UInt16])? {
        var units: [UInt16] = []
        var start = number
        var (skipsSpace, isContinued, isEscaped) = (true, false, false)
        while position < text.count {
            let unit = take()
            if skipsSpace {
                if Self.isSpace(unit) || !isContinued && Self.isEnd(unit) { continue }
                (skipsSpace, isContinued) = (false, false)
            }
            if units.isEmpty, unit == UInt16(ascii: "#") || unit == UInt16(ascii: "!") {
                while position < text.count, !Self.isEnd(text[position]) { position += 1 }
                skipsSpace = true
                continue
            }
            if !Self.isEnd(unit) {
                if units.isEmpty { start = number }
                units.append(unit)
                isEscaped = unit == UInt16(ascii: "\\") && !isEscaped
                continue
            }
            if units.isEmpty {
                skipsSpace = true
                continue
            }
            guard isEscaped, position < text.count else { break }
            // The backslash is no part of the line, nor is the white space that the next one begins with.
            units.removeLast()
            (skipsSpace, isContinued, isEscaped) = (true, true, false)
            if unit == 0x0D, text[position] == 0x0A { position += 1 }
        }
        guard !units.isEmpty else { return nil }
        if isEscaped { units.removeLast() }
        return (start, units)
    }

    private mutating func take() -> UInt16 {
        let unit = text[position]
        let isSecondOfPair = unit == 0x0A && position > 0 && text[position - 1] == 0x0D
        if Self.isEnd(unit), !isSecondOfPair { number += 1 }
        position += 1
        return unit
    }
}
