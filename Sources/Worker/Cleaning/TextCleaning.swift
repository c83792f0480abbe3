// SPDX-License-Identifier: Apache-2.0
import Configuration

/// Takes out of a text what its writer did not say: the markup, the quoted message, the signature. Pure.
///
/// In doubt it keeps what is there; a text of which nothing would be left stays whole. Messages that the writer forwards stay
/// as they are: those are what the mail is about.
struct TextCleaning: Sendable {
    let steps: Set<CleaningStep>

    func callAsFunction(_ text: String) -> String {
        guard !steps.isEmpty else { return text }
        let quotes = steps.contains(.quotes)
        let shown = steps.contains(.html) ? HTMLText.text(of: text, marksQuotes: quotes) : nil
        let lines = Self.lines(of: shown ?? text)
        let forward = lines.firstIndex(where: Self.isForward) ?? lines.endIndex
        var kept = Array(lines[..<forward])
        if quotes { kept = QuotedReplies.removed(from: kept) }
        if steps.contains(.signature) { kept = Signature.removed(from: kept) }
        // With the empty line before it, if there is one.
        let forwarded = lines[max(forward - 1, 0)...].drop { !$0.isEmpty && !Self.isForward($0) }
        let cleaned = Self.tidy(kept + (forward < lines.endIndex ? forwarded : []))
        return cleaned.isEmpty ? Self.tidy(lines) : cleaned
    }

    /// The lines, without the white space at their ends.
    private static func lines(of text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(\.withoutSpaceAtEnd)
    }

    private static func isForward(_ line: Substring) -> Bool {
        let text = line.lowercased()
        return (text.hasPrefix("-----") || text.hasPrefix("begin "))
            && ["forwarded message", "weitergeleitete nachricht", "message transféré", "mensaje reenviado"]
                .contains { text.contains($0) }
    }

    /// The lines as one text, with one empty line at most between two others.
    private static func tidy(_ lines: [Substring]) -> String {
        var text = ""
        var isGap = false
        for line in lines {
            guard !line.isEmpty else {
                isGap = true
                continue
            }
            if !text.isEmpty { text += isGap ? "\n\n" : "\n" }
            text += line.replacing(String(QuotedReplies.mark), with: ">")
            isGap = false
        }
        return text
    }
}

extension Substring {
    fileprivate var withoutSpaceAtEnd: Substring {
        self[..<(lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex)]
    }
}
