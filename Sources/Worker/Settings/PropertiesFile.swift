// SPDX-License-Identifier: Apache-2.0

/// Reads Java's `.properties` format: `key = value`, `#` and `!` comments, `\` escapes and continued lines.
struct PropertiesFile {
    /// One entry, and the line that it begins on.
    struct Entry: Equatable {
        let line: Int
        let key: String
        let value: String
    }

    /// The entries in order.
    static func parse(_ text: String) -> [Entry] {
        var entries: [Entry] = []
        var pending: (line: Int, text: String)?
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let content = line.drop { $0 == " " || $0 == "\t" || $0 == "\u{C}" }
            if pending == nil, content.isEmpty || content.hasPrefix("#") || content.hasPrefix("!") { continue }
            let (start, before) = pending ?? (index + 1, "")
            let whole = before + content
            let isContinued = content.reversed().prefix { $0 == "\\" }.count % 2 == 1
            if isContinued, index + 1 < lines.count {
                pending = (start, String(whole.dropLast()))
                continue
            }
            pending = nil
            entries.append(entry(isContinued ? String(whole.dropLast()) : whole, line: start))
        }
        return entries
    }

    private static func entry(_ text: String, line: Int) -> Entry {
        var key = ""
        var rest = text[...]
        while let character = rest.first, !"=: \t\u{C}".contains(character) {
            key.append(unescaped(&rest))
        }
        let isSpace: (Character) -> Bool = { " \t\u{C}".contains($0) }
        rest = rest.drop(while: isSpace)
        if let separator = rest.first, "=:".contains(separator) { rest = rest.dropFirst().drop(while: isSpace) }
        var value = ""
        while !rest.isEmpty { value.append(unescaped(&rest)) }
        return Entry(line: line, key: key, value: value.trimmed)
    }

    private static func unescaped(_ text: inout Substring) -> Character {
        let first = text.removeFirst()
        guard first == "\\", let escaped = text.popFirst() else { return first }
        switch escaped {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{C}"
        case "u":
            guard let code = UInt32(text.prefix(4), radix: 16), text.prefix(4).count == 4,
                let scalar = Unicode.Scalar(code)
            else { return escaped }
            text = text.dropFirst(4)
            return Character(scalar)
        default: return escaped
        }
    }
}
