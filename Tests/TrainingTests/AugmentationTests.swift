// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Training

@Suite struct AugmentationTests {
    /// What a kind of change makes of a text with many seeds.
    private func changed(_ change: Augmentation.Change, _ text: String, seeds: Int = 40) -> Set<String> {
        Set(
            (0..<seeds).map { seed in
                var random = SplitMix64(seed: UInt64(seed))
                var pieces = TextPieces(text)
                change.apply(to: &pieces, using: &random)
                return pieces.text
            }
        )
    }

    private func kinds(_ text: String) -> [TextPieces.Kind] {
        TextPieces(text).pieces.map(\.kind).filter { $0 != .space && $0 != .other }
    }

    @Test("A text is taken apart into words, handles, links, hashtags and emoticons, and is the same put together")
    func pieces() {
        for (text, expected) in [
            ("@user thanks :) #great", [.handle, .word, .emoticon, .hashtag]), (".@user: so", [.handle, .word]),
            ("mail bob@user.com", [.word, .word, .word, .word]), ("see https://a.b/c?d=1.", [.word, .link]),
            ("Waiting for... http", [.word, .word, .link]),
            ("out now http via @user", [.word, .word, .link, .word, .handle]),
            ("the http request", [.word, .word, .word]), ("http http #x", [.link, .link, .hashtag]),
            ("(www.a.org)", [.link]), ("thanks:)", [.word, .emoticon]), ("haha xD", [.word, .emoticon]),
            (
                "don't :'( ^_^ <3 =))) (: T_T",
                [.word, .emoticon, .emoticon, .emoticon, .emoticon, .emoticon, .emoticon]
            ),
            ("foo(); a->b --> 3:1", [.word, .word, .word]), ("a1 v2.0", []), ("", []), ("😀😀 é", [.word]),
        ] as [(String, [TextPieces.Kind])] {
            #expect(kinds(text) == expected, "\(text)")
            #expect(TextPieces(text).text == text)
        }
    }

    @Test("@user becomes a name, another each time, and names become @user now and then")
    func handles() {
        let named = changed(.handles, ".@user: where is it? @user")
        #expect(named.count > 30 && named.allSatisfy { !$0.contains("@user") && kindsOfHandles($0) == 2 })
        #expect(changed(.handles, "@JaneDoe hi") == ["@JaneDoe hi", "@user hi"])
        #expect(changed(.handles, "mail bob@user.com") == ["mail bob@user.com"])
    }

    private func kindsOfHandles(_ text: String) -> Int { kinds(text).count { $0 == .handle } }

    @Test("[NAME] becomes a name with a capital")
    func persons() {
        let named = changed(.persons, "[NAME]'s dog, [NAME] said")
        #expect(
            named.count > 30 && named.allSatisfy { $0.wholeMatch(of: /[A-Z][a-z]+'s dog, [A-Z][a-z]+ said/) != nil }
        )
        #expect(changed(.lowerCase, "As [NAME] said") == ["as [NAME] said"])
    }

    @Test("http in a link's place becomes a link, and links become http now and then; the protocol stays")
    func links() {
        let linked = changed(.links, "look at this http")
        #expect(
            linked.count > 30 && linked.allSatisfy { $0.contains("://") && kinds($0) == [.word, .word, .word, .link] }
        )
        #expect(changed(.links, "at https://a.b/c.") == ["at https://a.b/c.", "at http."])
        #expect(changed(.links, "the http request fails") == ["the http request fails"])
    }

    @Test("Capitals and small letters leave handles, links and emoticons as they are")
    func letters() {
        let text = "Great, @JaneDoe :D see https://t.co/aB #Fun XD 😀"
        #expect(changed(.upperCase, text) == ["GREAT, @JaneDoe :D SEE https://t.co/aB #FUN XD 😀"])
        #expect(changed(.lowerCase, text) == ["great, @JaneDoe :D see https://t.co/aB #fun XD 😀"])
    }

    @Test("The full stop at the end goes; question marks and faces stay")
    func endPunctuation() {
        for (text, expected) in [
            ("It works!!!", "It works"), ("So... it is.\n", "So... it is\n"), ("Well…", "Well"), ("Is it?", "Is it?"),
            ("What?!", "What?!"), ("Nice :)", "Nice :)"), ("Nice ;-).", "Nice ;-)."), ("...", "..."),
            ("(yes.)", "(yes.)"),
        ] {
            #expect(changed(.endPunctuation, text) == [expected])
        }
    }

    @Test("A vowel is drawn out, of a word that does not deny")
    func elongation() {
        #expect(changed(.elongation, "so") == ["sooo", "soooo", "sooooo"])
        #expect(changed(.elongation, "love").allSatisfy { $0.wholeMatch(of: /lo{3,5}ve/) != nil })
        for text in ["never", "don't", "@sooo http #so :o", "xyzw2", "😀", "brr", "toString"] {
            #expect(changed(.elongation, text) == [text])
        }
    }

    @Test("One letter is swapped, missing or double, never the first; short words and those that deny have none")
    func typo() {
        let found = changed(.typo, "table", seeds: 200)
        #expect(found.isSuperset(of: ["tbale", "tble", "taable", "tabel"]))
        #expect(found.allSatisfy { $0.first == "t" && abs($0.count - 5) <= 1 })
        for text in ["not bad", "nothing", "couldn't", "#table @table", "getItem x2y4 :-)"] {
            #expect(changed(.typo, text) == [text])
        }
    }

    @Test("A hashtag loses its mark, or a word gets one")
    func hashtags() {
        #expect(changed(.hashtags, "so #happy") == ["so happy"])
        #expect(
            changed(.hashtags, "such fine weather, really not") == [
                "#such fine weather, really not", "such #fine weather, really not", "such fine #weather, really not",
                "such fine weather, #really not",
            ]
        )
        #expect(changed(.hashtags, "so is it") == ["so is it"])
    }

    @Test("The share says how many texts are changed, by the seed; what cannot be changed is not")
    func share() {
        let texts = (0..<2000).map { "@user the page \($0) is slow today. http" }
        func changes(_ share: Double, seed: UInt64 = 1) -> [String] {
            var random = SplitMix64(seed: seed)
            return texts.map { Augmentation(share: share)($0, using: &random) }
        }
        #expect(changes(0) == texts)
        #expect(changes(0.5) == changes(0.5) && changes(0.5) != changes(0.5, seed: 2))
        let share = Double(zip(changes(0.3), texts).count { $0 != $1 }) / 2000
        #expect(abs(share - 0.3) < 0.04)
        #expect(zip(changes(1), texts).allSatisfy { $0 != $1 })
        var random = SplitMix64(seed: 1)
        for text in ["😀 :)", "", "42", "?"] { #expect(Augmentation(share: 1)(text, using: &random) == text) }
    }
}
