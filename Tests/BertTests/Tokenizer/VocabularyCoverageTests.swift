// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Bert

@Suite struct VocabularyCoverageTests {
    private static let texts: [(text: String, isRead: Bool?)] = [
        ("Это ужасно, ничего не работает и я это ненавижу", false), ("هذا المنتج سيء للغاية ولا يعمل أبدا", false),
        ("这个产品太糟糕了，完全不能用", false), ("この製品はひどいです。まったく動きません", false),
        ("이 제품은 정말 끔찍해요 전혀 작동하지 않아요", false), ("Αυτό είναι φοβερό, δεν λειτουργεί τίποτα", false),
        ("यह उत्पाद बहुत खराब है और काम नहीं करता", false), ("สินค้านี้แย่มากและใช้งานไม่ได้เลย", false),
        ("המוצר הזה נורא ולא עובד בכלל", false), ("I can't stand this sooooo much lol u r wrong tbh", true),
        ("gr8 thx ur teh best xD", true), ("NullPointerException in FooBarBazImpl.getQuxById() wtf", true),
        ("ok", true), ("I", true), ("a b c d e f", true), ("Das ist schrecklich, nichts funktioniert", true),
        ("Nice work, really good. Спасибо", true), ("ok 😀", true), ("lol 😂😂😂 😂", true), ("I ❤ it", true),
        ("😀 🫠", nil), ("🫨 🪿", false), ("ok አማርኛ ጽሑፍ ነው", false), ("12:30, 99 %!!!", nil), ("", nil), ("?", nil),
    ]

    @Test("Texts in scripts that the vocabulary spells letter by letter are not read; slang, typos and code are")
    func scripts() throws {
        let tokenizer = try Tokenizer(directory: DefaultModel.directory())
        let coverage = tokenizer.coverage()
        for (text, isRead) in Self.texts {
            let share = coverage.share(of: [tokenizer.encode(text)], in: text)
            let found: Bool? = share.map { $0 >= 0.5 }
            #expect(found == isRead, "\(text): \(share ?? -1)")
        }
    }

    @Test("Signs that the vocabulary lacks are not read; those that it has are no letters")
    func signs() throws {
        let tokenizer = try Tokenizer(directory: "\(Fixtures.folder)/uncased")
        #expect(tokenizer.coverage().share(of: [tokenizer.encode("🫠🫠")], in: "🫠🫠") == 0)
        let marks: Float? = tokenizer.coverage().share(of: [tokenizer.encode("!?")], in: "!?")
        #expect(marks == nil)
    }

    @Test("Letters are pieces like any other where a script has few words: Chinese, or a vocabulary of letters")
    func letters() throws {
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        let ideographs = (0x4E00..<0x5000).compactMap { Unicode.Scalar($0).map(String.init) }
        let alphabet = "abcdefghijklmnopqrstuvwxyz".flatMap { ["\($0)", "##\($0)"] }
        for (pieces, text, share) in [
            (special + ideographs, "一丁七", 1), (special + alphabet, "spelled", 1),
            (special + alphabet + ideographs, "一丁 spelled", 1),
        ] as [([String], String, Float)] {
            let directory = try TemporaryDirectory(["vocab.txt": pieces.joined(separator: "\n") + "\n"])
            let tokenizer = try Tokenizer(directory: directory.path)
            #expect(tokenizer.coverage().share(of: [tokenizer.encode(text)], in: text) == share)
        }
    }
}
