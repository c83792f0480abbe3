// SPDX-License-Identifier: Apache-2.0

/// A character reference of HTML: `&eacute;`, `&#233;` or `&#xE9;`.
enum HTMLEntity {
    /// Decodes the reference that bytes begin with.
    /// - Returns: what it stands for and how many bytes it takes; nil if there is none that is known.
    static func decode(_ bytes: ArraySlice<UInt8>) -> (scalar: Unicode.Scalar, length: Int)? {
        let body = bytes.dropFirst().prefix(longest)
        guard let end = body.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: body[..<end], as: UTF8.self)
        return scalar(named: name).map { ($0, end + 1 - bytes.startIndex) }
    }

    private static let longest = 10

    private static func scalar(named name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return named[name] }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        guard let code = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits), code > 0 else {
            return nil
        }
        // Windows-1252 is meant where there are no characters, as in HTML itself.
        if (0x80...0x9F).contains(code) { return windows1252[Int(code) - 0x80] }
        return Unicode.Scalar(code)
    }

    private static let windows1252 = Array("€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)

    /// From 160 to 255.
    private static let latin1 = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para
        middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute
        Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml
        Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml
        eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
        """
    private static let others: [(String, Unicode.Scalar)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("OElig", "Œ"), ("oelig", "œ"),
        ("Scaron", "Š"), ("scaron", "š"), ("Yuml", "Ÿ"), ("fnof", "ƒ"), ("circ", "ˆ"), ("tilde", "˜"), ("ensp", " "),
        ("emsp", " "), ("thinsp", " "), ("zwnj", "\u{200C}"), ("zwj", "\u{200D}"), ("ndash", "–"), ("mdash", "—"),
        ("lsquo", "‘"), ("rsquo", "’"), ("sbquo", "‚"), ("ldquo", "“"), ("rdquo", "”"), ("bdquo", "„"), ("dagger", "†"),
        ("bull", "•"), ("hellip", "…"), ("permil", "‰"), ("prime", "′"), ("lsaquo", "‹"), ("rsaquo", "›"),
        ("euro", "€"),
        ("trade", "™"), ("larr", "←"), ("uarr", "↑"), ("rarr", "→"), ("darr", "↓"), ("harr", "↔"), ("minus", "−"),
        ("infin", "∞"), ("asymp", "≈"), ("ne", "≠"), ("le", "≤"), ("ge", "≥"), ("hearts", "♥"), ("check", "✓"),
    ]
    private static let named: [String: Unicode.Scalar] = {
        var named = Dictionary(others) { first, _ in first }
        for (index, name) in latin1.split(whereSeparator: \.isWhitespace).enumerated() {
            named[String(name)] = Unicode.Scalar(UInt8(160 + index))
        }
        return named
    }()
}
