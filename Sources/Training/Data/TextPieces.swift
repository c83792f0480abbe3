// SPDX-License-Identifier: Apache-2.0

/// A text taken apart into what people write posts of; the pieces put end to end are the text.
struct TextPieces: Equatable {
    enum Kind: Equatable {
        /// `@` and a name.
        case handle
        /// `[NAME]`, as corpora have in the place of people's names.
        case person
        /// What begins with `http://`, `https://` or `www.`, or `http` where it stands in a link's place.
        case link
        /// `#` and a word.
        case hashtag
        /// Letters, with apostrophes within.
        case word
        /// `:-)`, `xD`, `<3` and their like.
        case emoticon
        case space
        /// Everything else: punctuation, digits, emoji, names that are mixed of letters and digits.
        case other
    }

    struct Piece: Equatable {
        let kind: Kind
        var text: String
    }

    var pieces: [Piece] = []

    var text: String { pieces.map(\.text).joined() }

    init(_ text: String) {
        for run in Self.runs(of: text) {
            if run.first?.isWhitespace ?? false {
                pieces.append(Piece(kind: .space, text: String(run)))
            } else {
                add(run)
            }
        }
        keepBareProtocols()
    }

    /// White space and what is between, in turn.
    private static func runs(of text: String) -> [Substring] {
        var runs: [Substring] = []
        var rest = text[...]
        while let first = rest.first {
            let run = rest.prefix { $0.isWhitespace == first.isWhitespace }
            runs.append(run)
            rest = rest[run.endIndex...]
        }
        return runs
    }

    /// Takes apart what stands between white space.
    private mutating func add(_ run: Substring) {
        if Self.isEmoticon(run, isWhole: true) {
            return pieces.append(Piece(kind: .emoticon, text: String(run)))
        }
        var rest = run
        while let first = rest.first {
            let before = rest.startIndex == run.startIndex ? nil : run[run.index(before: rest.startIndex)]
            let (kind, piece) = Self.piece(of: rest, first: first, before: before)
            if kind == .other, let last = pieces.last, last.kind == .other {
                pieces[pieces.count - 1].text += piece
            } else {
                pieces.append(Piece(kind: kind, text: String(piece)))
            }
            rest = rest[piece.endIndex...]
        }
    }

    /// The piece that a run goes on with.
    private static func piece(of rest: Substring, first: Character, before: Character?) -> (Kind, Substring) {
        let isAfterName = before.map(isNamePart) ?? false
        if first == "@" || first == "#", !isAfterName {
            let name = rest.dropFirst().prefix(while: isNamePart)
            if !name.isEmpty { return (first == "@" ? .handle : .hashtag, rest[..<name.endIndex]) }
        }
        if rest.hasPrefix(person) { return (.person, rest.prefix(person.count)) }
        if !isAfterName, let link = link(at: rest) { return (.link, link) }
        // A face behind a word or a full stop: "thanks:)"
        if isEmoticon(rest, isWhole: false) { return (.emoticon, rest) }
        guard isNamePart(first) else { return (.other, rest.prefix(1)) }
        let name = rest.prefix { isNamePart($0) || isApostrophe($0) }
        let word = name.reversed().drop(while: isApostrophe).count
        let whole = name.prefix(word)
        return (whole.allSatisfy { $0.isLetter || isApostrophe($0) } ? .word : .other, whole)
    }

    private static func link(at rest: Substring) -> Substring? {
        let small = rest.prefix(8).lowercased()
        guard small.hasPrefix("http://") || small.hasPrefix("https://") || small.hasPrefix("www.") else {
            let name = rest.prefix(while: isNamePart)
            let goesOn = rest[name.endIndex...].first.map { "-/:".contains($0) } ?? false
            return name == "http" && !goesOn ? name : nil
        }
        let link = rest.prefix { !"\"'<>()[]{}".contains($0) }
        // A full stop or comma at its end belongs to the sentence.
        let end = link.reversed().drop { ".,;:!?…".contains($0) }.count
        return link.prefix(end)
    }

    /// `http` is a link's place at the end of a text and where no sentence goes on behind it; elsewhere it is the
    /// protocol.
    private mutating func keepBareProtocols() {
        for place in pieces.indices where pieces[place].kind == .link && pieces[place].text == "http" {
            let next = pieces[(place + 1)...].first { $0.kind != .space }
            let goesOn = next.map { $0.kind == .word && $0.text != "via" && $0.text.first?.isLowercase ?? false }
            if goesOn ?? false { pieces[place] = Piece(kind: .word, text: "http") }
        }
    }

    static let person = "[NAME]"

    private static func isNamePart(_ character: Character) -> Bool {
        character.isLetter || character == "_" || ("0"..."9").contains(character)
    }

    private static func isApostrophe(_ character: Character) -> Bool { character == "'" || character == "’" }

    /// Faces that have letters or digits in them, so that marks alone do not tell.
    private static let emoticons: Set<Substring> = [
        ":D", ":-D", "=D", ";D", "xD", "XD", "xd", ":P", ":p", ":-P", ":-p", ";P", ";p", "=P", "=p", ":o", ":O", ":-o",
        ":-O",
        ":3", "<3", "</3", ":S", ":s", ":-S", ":x", ":X", ":-x", ":-X", ":c", ":C", "D:", "DX", "o_O", "O_o", "o_o",
        "O_O",
        "o.O", "O.o", "T_T", "u_u", "n_n", "v_v", "x_x", "X_X", "8)", "8-)", "B)", "B-)", ":b", ":L", ":-L", ":'D",
        ":v", "\\o/",
        "\\m/", ">:D<", "<33", "<333",
    ]

    /// Eyes, perhaps a nose, and a mouth; or a face that stands upright: `^_^`, `-_-`, `>.<`; or where nothing stands before it,
    /// one that begins with the mouth: `(:`.
    private static func isEmoticon(_ run: Substring, isWhole: Bool) -> Bool {
        let marks = Array(run.prefix(7))
        guard (2...6).contains(marks.count) else { return false }
        if emoticons.contains(run) { return true }
        guard marks.allSatisfy({ $0.isASCII && !$0.isLetter && !$0.isNumber }) else { return false }
        let (eyes, noses, mouths) = (":;=", "-'^~*", "()[]{}|/\\*@&$>")
        func isFace(_ marks: ArraySlice<Character>) -> Bool {
            var rest = marks
            guard let first = rest.popFirst(), eyes.contains(first) else { return false }
            while let next = rest.first, rest.count > 1, noses.contains(next) { rest = rest.dropFirst() }
            // A mouth may be drawn out: :)))
            return rest.first.map { mouth in mouths.contains(mouth) && rest.allSatisfy { $0 == mouth } } ?? false
        }
        let upright =
            marks.count >= 3 && "^->~*'=;".contains(marks[0]) && "^-<~*'=;".contains(marks[marks.count - 1])
            && marks[1..<marks.count - 1].allSatisfy { "_.-".contains($0) } && Set(marks).count > 1
        return isFace(marks[...]) || upright || isWhole && isFace(Array(marks.reversed())[...])
    }
}
