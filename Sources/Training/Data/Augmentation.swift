// SPDX-License-Identifier: Apache-2.0

/// Changes texts to what streams bring: handles, names and links in the place of `@user`, `[NAME]` and `http`, all
/// capitals, no capitals, no full stop at the end, drawn-out letters, typing errors, hashtags. None of it turns what a text
/// says; emoji and emoticons stay as they are, and so do question marks and words that deny.
struct Augmentation: Sendable {
    /// With what probability a text is changed.
    let share: Double

    /// One kind of change.
    enum Change: CaseIterable {
        case handles
        case persons
        case links
        case upperCase
        case lowerCase
        case endPunctuation
        case elongation
        case typo
        case hashtags

        /// How often a text that is changed is changed so, where it can be: cleaned texts have placeholders that no stream
        /// has, and capitals throughout are rare in both.
        fileprivate var probability: Double {
            switch self {
            case .handles, .persons, .links: 0.7
            case .upperCase: 0.06
            case .lowerCase: 0.2
            case .endPunctuation: 0.3
            case .elongation: 0.1
            case .typo: 0.3
            case .hashtags: 0.1
            }
        }
    }

    /// The text, or with the probability `share` a changed one, unless there is nothing in it to change.
    func callAsFunction(_ text: String, using random: inout SplitMix64) -> String {
        guard Double.random(in: 0..<1, using: &random) < share else { return text }
        var pieces = TextPieces(text)
        for change in Change.allCases where Double.random(in: 0..<1, using: &random) < change.probability {
            change.apply(to: &pieces, using: &random)
        }
        if pieces.text != text { return pieces.text }
        for change in Change.allCases.shuffled(using: &random) {
            change.apply(to: &pieces, using: &random)
            if pieces.text != text { break }
        }
        return pieces.text
    }
}

extension Augmentation.Change {
    /// Changes a text so, if there is something to change.
    func apply(to text: inout TextPieces, using random: inout SplitMix64) {
        switch self {
        case .handles: Self.replace(.handle, "@user", with: Self.handle, in: &text, using: &random)
        case .persons: Self.name(in: &text, using: &random)
        case .links: Self.replace(.link, "http", with: Self.link, in: &text, using: &random)
        case .upperCase: Self.map(&text) { $0.uppercased() }
        case .lowerCase: Self.map(&text) { $0.lowercased() }
        case .endPunctuation: Self.dropEnd(of: &text)
        case .elongation: Self.changeWord(of: &text, using: &random, Self.elongated)
        case .typo: Self.changeWord(of: &text, using: &random, Self.mistyped)
        case .hashtags: Self.turnHashtag(of: &text, using: &random)
        }
    }

    /// Gives each placeholder something real; now and then the other way round.
    private static func replace(
        _ kind: TextPieces.Kind,
        _ placeholder: String,
        with real: (inout SplitMix64) -> String,
        in text: inout TextPieces,
        using random: inout SplitMix64
    ) {
        for place in text.pieces.indices where text.pieces[place].kind == kind {
            if text.pieces[place].text == placeholder {
                text.pieces[place].text = real(&random)
            } else if Double.random(in: 0..<1, using: &random) < 0.2 {
                text.pieces[place].text = placeholder
            }
        }
    }

    /// Gives people names.
    private static func name(in text: inout TextPieces, using random: inout SplitMix64) {
        for place in text.pieces.indices where text.pieces[place].text == TextPieces.person {
            text.pieces[place].text = (names.randomElement(using: &random) ?? "").capitalizedFirst
        }
    }

    /// Handles and links have capitals of their own, and so has a face: `:D`.
    private static func map(_ text: inout TextPieces, _ body: (String) -> String) {
        for place in text.pieces.indices where ![.handle, .person, .link, .emoticon].contains(text.pieces[place].kind) {
            text.pieces[place].text = body(text.pieces[place].text)
        }
    }

    /// Drops full stops, exclamation marks and ellipses from the end; a question stays one.
    private static func dropEnd(of text: inout TextPieces) {
        guard let place = text.pieces.lastIndex(where: { $0.kind != .space }), place > 0 else { return }
        let last = text.pieces[place]
        let before = text.pieces[place - 1].kind
        guard last.kind == .other, before != .space, before != .emoticon, !last.text.contains("?") else { return }
        let kept = last.text.reversed().drop { ".!…".contains($0) }.count
        text.pieces[place].text = String(last.text.prefix(kept))
    }

    /// Changes one word, drawn from those that `body` has something to change in.
    private static func changeWord(
        of text: inout TextPieces,
        using random: inout SplitMix64,
        _ body: (String, inout SplitMix64) -> String?
    ) {
        let words = text.pieces.indices.filter { text.pieces[$0].kind == .word && !isKept(text.pieces[$0].text) }
        for place in words.shuffled(using: &random) {
            guard let changed = body(text.pieces[place].text, &random) else { continue }
            text.pieces[place].text = changed
            return
        }
    }

    /// Whether a text may turn with the word.
    private static func isKept(_ word: String) -> Bool {
        let small = word.lowercased()
        return denials.contains(small) || small.hasSuffix("n't") || small.hasSuffix("n’t")
    }

    private static let denials: Set<String> = [
        "no", "not", "non", "nor", "never", "none", "nobody", "nothing", "nowhere", "neither", "without", "cannot",
        "cant", "dont",
        "wont", "isnt", "wasnt", "didnt", "doesnt", "couldnt", "wouldnt", "shouldnt", "aint", "hardly", "barely",
        "unless",
        "except", "less", "least",
    ]

    /// "so" → "sooo": draws out the last vowel, or the last letter behind it.
    private static func elongated(_ word: String, using random: inout SplitMix64) -> String? {
        let letters = Array(word)
        guard (2...8).contains(letters.count), isPlain(letters),
            let place = letters.lastIndex(where: { "aeiouyAEIOUY".contains($0) })
        else { return nil }
        // A silent e is not drawn out: "love" → "loove".
        let isSilent = place == letters.count - 1 && letters.count > 2 && "eE".contains(letters[place])
        let earlier = letters[..<place].lastIndex { "aeiouyAEIOUY".contains($0) }
        guard let drawn = isSilent ? earlier : place else { return nil }
        let more = String(repeating: letters[drawn], count: Int.random(in: 2...4, using: &random))
        return String(letters[...drawn]) + more + String(letters[(drawn + 1)...])
    }

    /// Two neighbours change places, or a letter is missing or there twice; never the first one.
    private static func mistyped(_ word: String, using random: inout SplitMix64) -> String? {
        var letters = Array(word)
        guard letters.count >= 4, isPlain(letters) else { return nil }
        let place = Int.random(in: 1..<letters.count - 1, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            guard letters[place] != letters[place + 1] else { return nil }
            letters.swapAt(place, place + 1)
        case 1: letters.remove(at: place)
        default: letters.insert(letters[place], at: place)
        }
        return String(letters)
    }

    /// Letters of ASCII, in capitals only as a sentence has them: no names of code, such as `toString`.
    private static func isPlain(_ letters: [Character]) -> Bool {
        letters.allSatisfy { $0.isASCII && $0.isLetter }
            && (letters.allSatisfy(\.isUppercase) || letters.dropFirst().allSatisfy(\.isLowercase))
    }

    /// Takes the mark from a hashtag; where there is none, makes one of a word.
    private static func turnHashtag(of text: inout TextPieces, using random: inout SplitMix64) {
        let tags = text.pieces.indices.filter { text.pieces[$0].kind == .hashtag }
        if let place = tags.randomElement(using: &random) {
            text.pieces[place].text.removeFirst()
            return
        }
        let words = text.pieces.indices.filter { place in
            let piece = text.pieces[place]
            let isAlone = place == 0 || text.pieces[place - 1].kind == .space
            return piece.kind == .word && isAlone && piece.text.count >= 4 && isPlain(Array(piece.text))
                && !isKept(piece.text)
        }
        if let place = words.randomElement(using: &random) { text.pieces[place].text = "#" + text.pieces[place].text }
    }
}

/// What handles and links look like; made-up names, which say nothing good or bad.
extension Augmentation.Change {
    private static func handle(using random: inout SplitMix64) -> String {
        func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }
        let number = Int.random(in: 0..<10_000, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return "@" + pick(names) + pick(names).capitalizedFirst
        case 1: return "@" + pick(names) + "_" + pick(names)
        case 2: return "@" + pick(names) + "\(number % 100)"
        case 3: return "@" + pick(names).capitalizedFirst + pick(things).capitalizedFirst
        case 4: return "@" + pick(things) + "_" + pick(names) + "\(number)"
        default: return "@" + pick(things) + pick(["support", "help", "HQ", "_official", "news", "care", "app"])
        }
    }

    private static func link(using random: inout SplitMix64) -> String {
        func code(_ count: Int) -> String {
            let digits = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789")
            return String((0..<count).compactMap { _ in digits.randomElement(using: &random) })
        }
        func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1: return "https://t.co/" + code(10)
        case 2: return "http://bit.ly/" + code(7)
        case 3: return "https://youtu.be/" + code(11)
        case 4:
            return
                "https://www.\(pick(things))\(pick(names)).com/\(pick(things))/\(Int.random(in: 1...99_999, using: &random))"
        default:
            return
                "http://\(pick(things)).\(pick(["com", "org", "net", "co.uk", "io"]))/\(pick(things))-\(pick(things))"
        }
    }

    private static let names = [
        "alex", "amir", "anna", "ben", "carla", "chen", "dana", "eli", "emma", "fatima", "gabe", "hana", "igor", "ines",
        "jack",
        "jess", "jonas", "kate", "kofi", "lara", "leo", "lucia", "marc", "mei", "mia", "nadia", "nick", "noor", "olga",
        "omar",
        "paula", "pedro", "priya", "raj", "rosa", "sam", "sara", "tariq", "tom", "vera", "wei", "yara", "yuki", "zoe",
    ]

    private static let things = [
        "airport", "audio", "bank", "bike", "books", "bus", "camera", "city", "cloud", "coffee", "data", "garden",
        "hotel", "kitchen",
        "lake", "mobile", "music", "north", "paper", "phone", "pixel", "radio", "river", "shop", "studio", "train",
        "travel", "tv",
        "web", "west",
    ]
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
