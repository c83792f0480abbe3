// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Bert

@Suite struct VocabularyTests {
    private func pieces(_ list: PieceList) -> [String] {
        (0..<list.count).map { String(decoding: list[$0], as: UTF8.self) }
    }

    @Test("Tokens and ids lead to one another, byte by byte")
    func both() throws {
        let tokenizer = try Fixtures.uncased.get()
        let vocabulary = tokenizer.vocabulary
        #expect(vocabulary.count == 30522)
        #expect(vocabulary.id(of: "hello") == 7592)
        #expect(vocabulary.token(of: 7592) == "hello")
        #expect(vocabulary.id(of: "Hello") == nil)
        #expect(vocabulary.id(of: "") == nil)
        for id in stride(from: Int32(0), to: 30522, by: 97) {
            #expect(vocabulary.id(of: vocabulary.token(of: id)) == id)
        }
        #expect(tokenizer.tokens(of: [101, 7592, 2075]) == ["[CLS]", "hello", "##ing"])
    }

    @Test("Canonically equivalent tokens are two tokens, in either kind of file")
    func equivalent() throws {
        let text = try VocabularyText.read(Array("\u{E9}\ne\u{301}\n".utf8), path: "")
        let bytes = Array(#"{"model": {"vocab": {"\u00e9": 1, "e\u0301": 0}}}"#.utf8)
        let json = VocabularyJSON(bytes, path: "")
        let range = try #require(try json.locate())
        #expect(try json.read(range).count == 2)
        let vocabulary = try Vocabulary(pieces: text)
        #expect(vocabulary.id(of: "\u{E9}") == 0)
        #expect(vocabulary.id(of: "e\u{301}") == 1)
    }

    @Test(
        "A vocab.txt is read line by line, without whitespace at a line's end; blank lines count",
        arguments: [
            ("a\nb\n", ["a", "b"]), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
            ("a\n\nb\n\n", ["a", "", "b", ""]),
            (" a \t\nb\u{3000}\u{A0}\n", [" a", "b"]), ("a\u{2028}b\n\u{2028}\n", ["a\u{2028}b", ""]), ("", []),
        ]
    )
    func lines(text: String, expected: [String]) throws {
        #expect(pieces(try VocabularyText.read(Array(text.utf8), path: "")) == expected)
    }

    @Test("The vocabulary of a tokenizer.json may be in any order, with any escapes")
    func json() throws {
        let bytes = Array(
            #"""
            {"x": [{"model": "}"}, "\"]"], "model" : { "type":"WordPiece","vocab"
            : {"\ud83d\ude00\"\\\/\n" :1,"b": 2 , "\u0061{": 0 } , "y": 1}, "vocab": {}}
            """#.utf8
        )
        let json = VocabularyJSON(bytes, path: "")
        let range = try #require(try json.locate())
        #expect(pieces(try json.read(range)) == ["a{", "\u{1F600}\"\\/\n", "b"])
    }
}
