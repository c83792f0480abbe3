// SPDX-License-Identifier: Apache-2.0

/// Takes quoted messages out of a mail: lines behind `>`, the line that says who wrote them, and what a mail client puts
/// below a header of its own.
enum QuotedReplies {
    /// Stands where a mail's markup says that a line is quoted, which a `>` that somebody typed does not. HTML
    /// passes over it wherever else it stands.
    static let mark: Unicode.Scalar = "\0"

    /// The lines that are the writer's own.
    static func removed(from lines: [Substring]) -> [Substring] {
        let end = lines.indices.first { beginsOriginal(lines[$0...]) } ?? lines.endIndex
        var kept = own(lines[..<end])
        // A rule that the client drew above the message.
        if end < lines.endIndex, let last = kept.lastIndex(where: { !$0.isEmpty }), kept[last].allSatisfy({ $0 == "_" })
        {
            kept.removeSubrange(last...)
        }
        return kept
    }

    /// Leaves out lines behind `>` and the attributions before them.
    private static func own(_ lines: ArraySlice<Substring>) -> [Substring] {
        var attributions: [Int: Attribution] = [:]
        for index in lines.indices { attributions[index] = Attribution(at: lines[index...]) }
        let first = lines.indices.first { attributions[$0]?.introducesQuote ?? false } ?? lines.endIndex
        let alone = lines[..<first].count { isQuoted($0) && !isMarked($0) }
        let lastQuoted = lines.lastIndex(where: isQuoted) ?? lines.startIndex - 1
        var kept: [Substring] = []
        var index = lines.startIndex
        while index < lines.endIndex {
            if let attribution = attributions[index] {
                let after = lines[(index + attribution.lineCount)...]
                if attribution.introducesQuote {
                    index = after.startIndex
                    continue
                }
                // Some clients leave the message below as it was.
                if attribution.namesMessage, !after.allSatisfy(\.isEmpty), lastQuoted < after.startIndex { return kept }
            }
            // One line behind `>` may be a comparison; several, or one that is said to be a quote, are none.
            let isQuote = isMarked(lines[index]) || isQuoted(lines[index]) && (index > first || alone > 1)
            if !isQuote { kept.append(lines[index]) }
            index += 1
        }
        return kept
    }

    fileprivate static func isQuoted(_ line: Substring) -> Bool {
        isMarked(line) || line.first { $0 != " " } == ">"
    }

    private static func isMarked(_ line: Substring) -> Bool { line.unicodeScalars.first == mark }

    /// Whether a message begins that goes to the end, below a rule with words in it or below its own header.
    private static func beginsOriginal(_ lines: ArraySlice<Substring>) -> Bool {
        guard let first = lines.first else { return false }
        if first.hasPrefix("-----") {
            let text = first.lowercased()
            return [
                "original message", "ursprüngliche nachricht", "message d'origine", "message d’origine",
                "mensaje original",
            ]
            .contains { text.contains($0) }
        }
        guard field(first, isOneOf: ["from", "von", "de"]) else { return false }
        let header = lines.dropFirst().prefix(5)
        // Without the subject it could be a journey: from, to, date.
        return header.contains {
            field($0, isOneOf: ["sent", "date", "gesendet", "datum", "envoyé", "enviado", "fecha"])
        }
            && header.contains { field($0, isOneOf: ["subject", "betreff", "objet", "asunto"]) }
    }

    private static func field(_ line: Substring, isOneOf names: [String]) -> Bool {
        guard let colon = line.prefix(16).firstIndex(of: ":") else { return false }
        let name = line[..<colon].filter { $0 != "*" && !$0.isWhitespace }.lowercased()
        return names.contains(name)
    }
}

/// The line, or the two or three that a client broke it into, that says who wrote the message that follows.
private struct Attribution {
    let lineCount: Int
    /// Whether it gives an address or a time, which the writer's own `On Monday you wrote:` would not.
    let namesMessage: Bool
    /// Whether the next line that is not empty is quoted.
    let introducesQuote: Bool

    private static let forms: [(begins: String, holds: String)] = [
        ("on ", "wrote:"), ("am ", "schrieb"), ("le ", "a écrit"), ("el ", "escribió"),
    ]

    /// - Parameter lines: those that begin with it; nil if they begin with something else.
    init?(at lines: ArraySlice<Substring>) {
        guard let first = lines.first, !first.isEmpty else { return nil }
        var text = ""
        for (index, line) in lines.prefix(3).enumerated() {
            guard !line.isEmpty else { return nil }
            text += (index == 0 ? "" : " ") + line.lowercased()
            guard text.hasSuffix(":") else { continue }
            let isOne = Self.forms.contains { text.hasPrefix($0.begins) && text.contains($0.holds) }
            let isNamed = index == 0 && text.contains("@") && text.hasSuffix("wrote:")
            guard isOne && text.contains(where: \.isNumber) || isNamed else { return nil }
            lineCount = index + 1
            namesMessage = text.contains("@") || Self.holdsTime(text)
            introducesQuote = lines.dropFirst(index + 1).first { !$0.isEmpty }.map(QuotedReplies.isQuoted) ?? false
            return
        }
        return nil
    }

    private static func holdsTime(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.dropFirst().dropLast().contains { index in
            bytes[index] == UInt8(ascii: ":") && (48...57).contains(bytes[index - 1])
                && (48...57).contains(bytes[index + 1])
        }
    }
}
