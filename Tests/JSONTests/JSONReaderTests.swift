// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@Suite struct JSONReaderTests {
    private func isJSON(_ bytes: [UInt8]) -> Bool {
        do throws(JSONFailure) {
            var reader = try JSONReader(bytes)
            try reader.skipValue()
            try reader.finish()
            return true
        } catch {
            return false
        }
    }

    @Test(
        "What the grammar allows is JSON",
        arguments: [
            "{}", "[]", "[[]]", "[{}]", #"{"":{}}"#, "0", "-0", "-1", "12", "1.5", "-0.0", "1e5", "1E+5", "1.25e-300",
            "1e999999", "123456789012345678901234567890.5", "true", "false", "null", #""""#, #""a""#,
            #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\uD83D\uDE00""#, "\"\u{7F}\"", "\"\u{10FFFF}\u{FFFE}\u{2028}\"",
            " \t\r\n[ 1 , 2 ] \n", #"{ "a" : 1 , "a" : 2 }"#, #"["\ud800"]"#, #"{"\udc00":1}"#, "\u{FEFF}{}",
            #"["a",0,-1.5,true,false,null,{"b":[]},[{}]]"#,
        ]
    )
    func valid(text: String) {
        #expect(isJSON(Array(text.utf8)))
    }

    @Test(
        "What the grammar does not allow is none",
        arguments: [
            "", " ", "{", "[", "}", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "{}}", "{} {}", "[]x", "[1}",
            "{1]",
            #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, "{,}", #"{,"a":1}"#, #"{a:1}"#, "{'a':1}", "{1:1}",
            #"{"a":1,"b"}"#, #"{"a"::1}"#, #"{null:1}"#, "01", "-", "-01", "+1", ".5", "1.", "1.e1", "1e", "1e+",
            "1ee1",
            "0x10", "1_000", "NaN", "Infinity", "-Infinity", "nan", "True", "tru", "truex", "nul", "undefined", "\"",
            "\"a", #""\""#, #""\x""#, #""\u12""#, #""\u12G4""#, #""\U0041""#, #""\'""#, "\"a\u{1F}\"", "\"a\nb\"",
            "\"\t\"",
            "'a'", "/**/1", "1//", "[1]#", "\u{A0}1", "\u{B}1", "1\u{C}", "\u{2028}1", "\u{FEFF}", "\u{FEFF}\u{FEFF}1",
            "1\u{FEFF}", "\u{0}1", "1\u{0}", "[\u{0}]", "{\"a\":1\u{0}}", #"\u007b\u007d"#,
        ]
    )
    func invalid(text: String) {
        #expect(!isJSON(Array(text.utf8)))
    }

    @Test(
        "What is not UTF-8 is none, nor is UTF-16 or UTF-32",
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xC3, 0x22], [0xFF, 0xFE, 0x31, 0x00], [0xFE, 0xFF, 0x00, 0x31], [0x31, 0x00], [0x00, 0x31],
            [0x31, 0, 0, 0], [0, 0, 0, 0x31], [0, 0, 0xFE, 0xFF, 0, 0, 0, 0x31], [0xEF, 0xBB, 0x31], [0x31, 0xFF],
        ] as [[UInt8]]
    )
    func encodings(bytes: [UInt8]) {
        #expect(!isJSON(bytes))
    }

    @Test("No depth is too much, and each beginning of a text is none")
    func depth() {
        let depth = 20_000
        let deep = [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
        #expect(isJSON(deep) && !isJSON(deep.dropLast()) && !isJSON(deep + [0x5D]))
        let text = Array(#"{"a":[1.5e-3,"\ud83d\ude00",true,{"b":null}],"c":"d"}"#.utf8)
        for count in text.indices { #expect(!isJSON(Array(text[..<count]))) }
        #expect(isJSON(text))
    }

    @Test("A failure says which byte it was")
    func place() {
        #expect(throws: JSONFailure.notJSON(position: 7)) {
            var reader = try JSONReader(Array(#"{"a":1,}"#.utf8))
            try reader.skipValue()
        }
        #expect(throws: JSONFailure.notUTF8) { try JSONReader([0xFF]) }
    }

    @Test(
        "A string's escapes are undone, and half a surrogate pair is no text",
        arguments: [
            (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83d\uDE00!""#, "😀!"), (#""\u0000""#, "\0"), (#""\uffff""#, "\u{FFFF}"), (#""é\n""#, "é\n"),
            (#""\ud800""#, nil), (#""\ud800x""#, nil), (#""\udc00""#, nil), (#""\udc00\ud800""#, nil),
            (#""\ud800\ud800\udc00""#, nil), (#""\ud800\n""#, nil), (#""\ud83d\\ude00""#, nil),
            (#""\ud800\u0041""#, nil),
        ] as [(String, String?)]
    )
    func strings(written: String, text: String?) throws {
        var reader = try JSONReader(Array(written.utf8))
        let string = try #require(try reader.string())
        try reader.finish()
        let found = reader.text(string)
        #expect(found.map { Array($0.utf8) } == text.map { Array($0.utf8) })
        if let text { #expect(reader.isEqual(string, Array(text.utf8))) }
    }

    @Test(
        "Names are compared code point by code point, however they are written",
        arguments: [
            (#""text""#, "text", true), (#""te\u0078t""#, "text", true), (#""\u0074\u0065\u0078\u0074""#, "text", true),
            (#""a\/b""#, "a/b", true), (#""\ud83d\ude00""#, "😀", true), (#""\u00e9""#, "\u{E9}", true),
            (#""e\u0301""#, "\u{E9}", false), ("\"e\u{301}\"", "\u{E9}", false), (#""\u212a""#, "K", false),
            (#""Text""#, "text", false), (#""text\u0000""#, "text", false), (#""tex""#, "text", false),
            (#""\ud800""#, "\u{FFFD}", false),
        ]
    )
    func names(written: String, name: String, isEqual: Bool) throws {
        var reader = try JSONReader(Array(written.utf8))
        let string = try #require(try reader.string())
        #expect(reader.isEqual(string, Array(name.utf8)) == isEqual)
    }

    @Test("All strings of a document are found, with their quotes; one that does not end is no JSON")
    func strings() throws {
        let bytes = Array(#"{"a":["b\"c", 1, "\\"], "é": {"d": ""}}"#.utf8)
        let found = try JSONReader.strings(in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
        #expect(found == [#""a""#, #""b\"c""#, #""\\""#, #""é""#, #""d""#, #""""#])
        #expect(try JSONReader.strings(in: Array("[1, true]".utf8)).isEmpty)
        #expect(throws: JSONFailure.notJSON(position: 5)) { try JSONReader.strings(in: Array(#"["a, "#.utf8)) }
    }
}
