// SPDX-License-Identifier: Apache-2.0

/// Takes off what ends a mail and is not said in it: the signature, the name of the device, the lawyers' paragraph.
enum Signature {
    /// The lines before it.
    static func removed(from lines: [Substring]) -> [Substring] {
        var kept = lines[...].withoutEmptyEnd
        // They come in any order, each below the other.
        for _ in 0..<mostParts {
            let tail = kept.suffix(mostLines)
            guard let end = [disclaimer, device, afterDashes, afterClosing].lazy.compactMap({ $0(tail) }).first else {
                break
            }
            kept = kept[..<end].withoutEmptyEnd
        }
        return Array(kept)
    }

    /// Parts that one mail ends with, and lines that one of them has with what stands before it.
    private static let (mostParts, mostLines) = (6, 32)

    // MARK: What may stand at the end of the last lines: each gives the index of its first line, nil if it is not there

    /// The last paragraph, or its last lines, if they are a disclaimer.
    private static func disclaimer(_ lines: ArraySlice<Substring>) -> Int? {
        let paragraph = lines[(lines.lastIndex(where: \.isEmpty).map { $0 + 1 } ?? lines.startIndex)...]
        return paragraph.indices.first { begin in
            let text = paragraph[begin...].joined(separator: " ").lowercased().drop { !$0.isLetter }
            return disclaimers.contains { $0.matches(text) }
        }
    }

    /// What a line or a paragraph begins with, and words of which one is in it.
    private struct Form {
        let begins: String
        let holds: [String]

        init(_ begins: String, _ holds: [String] = []) {
            self.begins = begins
            self.holds = holds
        }

        func matches(_ text: some StringProtocol) -> Bool {
            text.hasPrefix(begins) && (holds.isEmpty || holds.contains { text.contains($0) })
        }
    }

    private static let legal = [
        "confidential", "intended", "privileged", "vertraulich", "confidentiel", "confidencial",
    ]
    private static let disclaimers =
        [
            "confidentiality notice", "disclaimer:", "legal notice:", "please consider the environment before printing",
            "think before you print", "if you are not the intended recipient",
        ]
        .map { Form($0) }
        + [
            "this e-mail", "this email", "this message", "this communication", "the information contained in this",
            "the information in this", "the contents of this", "diese e-mail", "diese nachricht", "ce message",
            "ce courriel",
            "cet e-mail", "este mensaje", "este correo",
        ]
        .map { Form($0, legal) }

    /// The last line, if a mail program put it there.
    private static func device(_ lines: ArraySlice<Substring>) -> Int? {
        guard let last = lines.indices.last else { return nil }
        let text = lines[last].lowercased()
        return text.count <= 70 && devices.contains { $0.matches(text) } ? last : nil
    }

    private static let devices =
        [
            "sent from my ", "sent from mail for", "sent from yahoo", "sent from outlook", "sent from samsung",
            "sent via ",
            "get outlook for", "gesendet von ", "gesendet mit ", "envoyé de mon ", "envoyé depuis ",
            "envoyé à partir de ", "enviado desde ", "outlook für ", "obtenez outlook", "obtener outlook",
        ]
        .map { Form($0) } + [Form("von meinem ", ["gesendet"])]

    /// The line of two dashes (RFC 3676, section 4.3) and what stands below it.
    private static func afterDashes(_ lines: ArraySlice<Substring>) -> Int? {
        guard let dashes = lines.lastIndex(of: "--") else { return nil }
        let below = lines[(dashes + 1)...].filter { !$0.isEmpty }
        // Someone may draw a line in the middle of a text.
        return below.count <= 15 && !below.contains { $0.count > 160 } ? dashes : nil
    }

    /// A closing formula, if a name stands below it, and at most what a business card has.
    private static func afterClosing(_ lines: ArraySlice<Substring>) -> Int? {
        guard let closing = lines.lastIndex(where: isClosing) else { return nil }
        let block = lines[(closing + 1)...].filter { !$0.isEmpty }
        guard let name = block.first, block.count <= 8, isName(name), block.allSatisfy(isContact) else { return nil }
        return closing
    }

    private static func isClosing(_ line: Substring) -> Bool {
        let words = line.lowercased().filter { !",.!".contains($0) }.split(separator: " ").joined(separator: " ")
        return closings.contains(words)
    }

    private static let closings: Set<String> = [
        "best", "best regards", "best wishes", "kind regards", "warm regards", "regards", "with kind regards",
        "many thanks",
        "thanks", "thanks and regards", "thanks in advance", "thank you", "thank you in advance", "thx", "cheers",
        "sincerely", "yours sincerely", "yours faithfully", "yours truly", "respectfully", "all the best", "greetings",
        "mit freundlichen grüßen", "freundliche grüße", "viele grüße", "beste grüße", "liebe grüße", "mfg", "danke",
        "vielen dank", "cordialement", "bien cordialement", "bien à vous", "merci", "merci d'avance", "salutations",
        "saludos", "saludos cordiales", "un saludo", "atentamente", "gracias", "muchas gracias",
    ]

    /// One to five words that begin as names do, or one that does not.
    private static func isName(_ line: Substring) -> Bool {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "-" })
        guard (1...5).contains(words.count), !endsSentence(line) else { return false }
        let lowercase = words.count { $0.first?.isLowercase ?? false }
        return words.count == 1 || lowercase == 0 || lowercase == 1 && words.count > 2
    }

    /// What a business card has: short, and no sentence.
    private static func isContact(_ line: Substring) -> Bool { line.count <= 70 && !endsSentence(line) }

    private static func endsSentence(_ line: Substring) -> Bool {
        guard let last = line.last, "?!.".contains(last) else { return false }
        let abbreviations = ["inc.", "ltd.", "jr.", "sr.", "co.", "corp.", "str.", "st.", "no.", "tel."]
        return !abbreviations.contains { line.lowercased().hasSuffix($0) } && line.split(separator: " ").count > 1
    }
}

extension ArraySlice<Substring> {
    fileprivate var withoutEmptyEnd: Self {
        self[..<(lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? startIndex)]
    }
}
