// SPDX-License-Identifier: Apache-2.0

/// One tag of an HTML document.
///
/// HTML's own tokenizer takes `<` and a letter for a tag whatever follows. What people write into a form is not always
/// HTML, and `a<b and c>d` would lose words; so here a tag has the name of an element (or one with a `:` or a `-`, which
/// are Office's and the page's own), and its first attribute, if there is any, looks like one.
struct HTMLTag {
    /// In small letters.
    let name: String
    let isEnd: Bool
    /// Where the text goes on.
    let end: Int
    private let attributes: ArraySlice<UInt8>

    /// Reads the tag that begins at a `<`; nil if none does, as in `a < b`, `a<b and c>d` or before an address.
    ///
    /// - Parameter lastClose: where the last `>` of the document is, so that none is looked for in vain.
    init?(in html: [UInt8], at start: Int, lastClose: Int) {
        guard start < lastClose else { return nil }
        var place = start + 1
        isEnd = place < html.count && html[place] == UInt8(ascii: "/")
        if isEnd { place += 1 }
        let nameStart = place
        while place < html.count, html[place].isLetter || place > nameStart && html[place].isInName { place += 1 }
        guard place > nameStart, place < html.count else { return nil }
        let next = html[place]
        guard next == UInt8(ascii: ">") || next == UInt8(ascii: "/") || next.isSpace else { return nil }
        name = String(decoding: html[nameStart..<place].map(\.lowercased), as: UTF8.self)
        guard HTMLElement.isName(name), Self.mayBeAttributes(html[place...lastClose]) else { return nil }
        guard let close = Self.close(html[...lastClose], from: place) else { return nil }
        attributes = html[place..<close]
        end = close + 1
    }

    /// Whether what stands behind a tag's name ends the tag, or begins with an attribute: one with a value, or one that HTML
    /// knows without.
    private static func mayBeAttributes(_ html: ArraySlice<UInt8>) -> Bool {
        let rest = html.drop { $0.isSpace || $0 == UInt8(ascii: "/") }
        if rest.first == UInt8(ascii: ">") { return true }
        let name = rest.prefix { !$0.isSpace && !"=/>\"'<".utf8.contains($0) }
        guard !name.isEmpty else { return false }
        if rest[name.endIndex...].first(where: { !$0.isSpace }) == UInt8(ascii: "=") { return true }
        return HTMLElement.isBareAttribute(String(decoding: name.map(\.lowercased), as: UTF8.self))
    }

    /// The `>` that ends the tag: one in quotes does not, unless they are never closed.
    private static func close(_ html: ArraySlice<UInt8>, from start: Int) -> Int? {
        var quote: UInt8?
        var first: Int?
        for place in start..<html.endIndex {
            let byte = html[place]
            if byte == UInt8(ascii: ">") {
                if quote == nil { return place }
                first = first ?? place
            } else if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                // Only as a value's first: an apostrophe elsewhere is no quote.
                if html[place - 1] == UInt8(ascii: "=") { quote = byte }
            }
        }
        return first
    }

    /// Whether it is what mail clients put the message into that is answered.
    var isQuote: Bool {
        let text = String(decoding: attributes.map(\.lowercased), as: UTF8.self)
        return name == "blockquote" ? text.contains("cite") || text.contains("quote") : text.contains("yahoo_quoted")
    }
}

extension UInt8 {
    var lowercased: UInt8 { (65...90).contains(self) ? self | 0x20 : self }
    var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    var isLetter: Bool { (97...122).contains(lowercased) }
    fileprivate var isInName: Bool {
        isLetter || (48...57).contains(self) || self == UInt8(ascii: ":") || self == UInt8(ascii: "-")
    }
}
