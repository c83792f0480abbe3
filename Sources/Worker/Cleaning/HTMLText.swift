// SPDX-License-Identifier: Apache-2.0

/// Reads the text of an HTML document as a browser would show it, a block to a line. Whatever is written, some text comes out,
/// in time that grows with its length alone.
struct HTMLText {
    private let html: [UInt8]
    private let marksQuotes: Bool
    private let lastClose: Int
    private var place = 0
    private var text = HTMLLines()
    /// For each open `blockquote`, and each open `div`, whether it is the message that is answered.
    private var blockquotes: [Bool] = []
    private var divisions: [Bool] = []
    /// Ends that are not to be found behind `place`, so that they need not be looked for again.
    private var endless: Set<String> = []

    /// - Parameter marksQuotes: whether the message that is answered, which mail clients mark, has `QuotedReplies.mark`
    ///   before its lines.
    /// - Returns: nil if it is no HTML: it has no tag of an element that documents are made of.
    static func text(of html: String, marksQuotes: Bool) -> String? {
        // A mark that the writer made would be no mark.
        let html = marksQuotes ? String(html.unicodeScalars.filter { $0 != QuotedReplies.mark }) : html
        let bytes = Array(html.utf8)
        guard let lastClose = bytes.lastIndex(of: UInt8(ascii: ">")) else { return nil }
        var reader = HTMLText(html: bytes, marksQuotes: marksQuotes, lastClose: lastClose)
        guard reader.isHTML else { return nil }
        reader.read()
        return reader.text.joined
    }

    private init(html: [UInt8], marksQuotes: Bool, lastClose: Int) {
        self.html = html
        self.marksQuotes = marksQuotes
        self.lastClose = lastClose
    }

    private var isHTML: Bool {
        var place = 0
        while let open = html[place...].firstIndex(of: UInt8(ascii: "<")) {
            guard let tag = HTMLTag(in: html, at: open, lastClose: lastClose) else {
                place = open + 1
                continue
            }
            if HTMLElement.common.contains(tag.name) { return true }
            place = tag.end
        }
        return false
    }

    private mutating func read() {
        while place < html.count {
            switch html[place] {
            case UInt8(ascii: "<"): markup()
            case UInt8(ascii: "&"):
                if let (scalar, length) = HTMLEntity.decode(html[place...]) {
                    text.append(scalar)
                    place += length
                } else {
                    literal()
                }
            default: literal()
            }
        }
    }

    private mutating func literal() {
        text.append(html[place])
        place += 1
    }

    private mutating func markup() {
        if html[place...].starts(with: "<!--".utf8) { return skip(past: "-->", or: 4) }
        if isDeclaration { return skip(past: ">", or: 2) }
        guard let tag = HTMLTag(in: html, at: place, lastClose: lastClose) else { return literal() }
        place = tag.end
        if tag.name == "br" { return text.breakLine() }
        if tag.name == "td" || tag.name == "th" { return text.append(UInt8(ascii: " ")) }
        if HTMLElement.silent.contains(tag.name), !tag.isEnd { return skip(past: "</\(tag.name)>", or: 0) }
        guard HTMLElement.blocks.contains(tag.name) else { return }
        text.endLine()
        switch tag.name {
        case "pre":
            text.isPreformatted = !tag.isEnd
            // The first line break is not part of it (HTML, 13.1.2.5).
            if !tag.isEnd, place < html.count, html[place] == UInt8(ascii: "\n") { place += 1 }
        case "blockquote": nest(tag, in: \.blockquotes)
        case "div": nest(tag, in: \.divisions)
        default: break
        }
    }

    /// Whether `<!DOCTYPE`, `<![if` or `<?xml` stands here, and not `<!!!`.
    private var isDeclaration: Bool {
        guard place + 2 < html.count else { return false }
        let (mark, next) = (html[place + 1], html[place + 2])
        return mark == UInt8(ascii: "!") && (next.isLetter || next == UInt8(ascii: "["))
            || mark == UInt8(ascii: "?") && next.isLetter
    }

    private mutating func nest(_ tag: HTMLTag, in stack: WritableKeyPath<HTMLText, [Bool]>) {
        if tag.isEnd {
            if self[keyPath: stack].popLast() == true { text.quoteDepth -= 1 }
        } else {
            let isQuote = marksQuotes && tag.isQuote
            self[keyPath: stack].append(isQuote)
            if isQuote { text.quoteDepth += 1 }
        }
    }

    /// Goes on behind the next `end`, or so many bytes from here where there is none.
    private mutating func skip(past end: String, or length: Int) {
        if !endless.contains(end) {
            let wanted = Array(end.utf8)
            for index in place..<max(place, html.count - wanted.count + 1)
            where zip(html[index...], wanted).allSatisfy({ $0.lowercased == $1 }) {
                place = index + wanted.count
                return
            }
            endless.insert(end)
        }
        place += length
    }
}
