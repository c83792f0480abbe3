// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@Suite struct JSONPointerTests {
    private func find(_ pointer: String, _ document: String) throws -> JSONPointer.Found? {
        try #require(JSONPointer(pointer)).find(in: Array(document.utf8))
    }

    @Test("A pointer finds what RFC 6901 says it does")
    func specification() throws {
        let document =
            #"{"foo":["bar","baz"],"":"0","a/b":"1","c%d":"2","e^f":"3","k\"l":"6"," ":"7","m~n":"8","i\\j":"5"}"#
        let expected = [
            "/foo/0": "bar", "/": "0", "/a~1b": "1", "/c%d": "2", "/e^f": "3", "/k\"l": "6", "/ ": "7", "/m~0n": "8",
            "/i\\j": "5",
        ]
        for (pointer, text) in expected { #expect(try find(pointer, document) == .text(text), "\(pointer)") }
        for pointer in ["/foo/00", "/foo/2", "/foo/-", "/foo/+1", "/foo/0/0", "/Foo", "/foo/18446744073709551616"] {
            #expect(try find(pointer, document) == nil, "\(pointer)")
        }
        #expect(try find("/foo", document) == .other(#"["bar","baz"]"#) && find("", document) == .other(document))
        #expect(try find("", #" "x" "#) == .text("x"))
    }

    @Test("A slash or a tilde in a pointer is one whatever stands behind it")
    func marks() throws {
        let mark = "\u{301}"
        let pointer = try #require(JSONPointer("/a/\(mark)b/~1\(mark)/~0"))
        #expect(pointer.tokens == ["a", "\(mark)b", "/\(mark)", "~"])
        #expect(pointer.description == "/a/\(mark)b/~1\(mark)/~0")
        #expect(JSONPointer("/~\(mark)") == nil && JSONPointer("/a~") == nil && JSONPointer("a") == nil)
        #expect(JSONPointer("/")?.tokens == [""] && JSONPointer("") == .root)
        #expect(JSONPointer("/e\u{301}") != JSONPointer("/\u{E9}"))
    }

    @Test("A name is found however it is written, and another that only looks alike is not")
    func names() throws {
        #expect(try find("/text", #"{"te\u0078t":"x"}"#) == .text("x"))
        #expect(try find("/é", "{\"e\u{301}\":\"x\"}") == nil)
        #expect(try find("/\u{212B}", "{\"\u{C5}\":\"x\"}") == nil)
    }

    @Test("Of several members with one name the last counts, on the way too")
    func repeated() throws {
        #expect(try find("/t", #"{"t":"a","t":"b","\u0074":"c"}"#) == .text("c"))
        #expect(try find("/t", #"{"t":"a","t":1}"#) == .other("1"))
        #expect(try find("/a/t", #"{"a":{"t":"x"},"a":{}}"#) == nil)
        #expect(try find("/t", #"{"t":"\ud800","t":"b"}"#) == .text("b"))
    }

    @Test("A star stands for each element of an array, and in an object for itself")
    func several() throws {
        func all(_ pointer: String, _ document: String) throws -> [JSONPointer.Found] {
            try #require(JSONPointer(pointer)).findAll(in: Array(document.utf8)).map(\.found)
        }
        let ticket = #"{"comments":[{"body":"a"},{"body":null},{},{"body":2e3},{"body":"b","body":"c"}],"*":["d"]}"#
        #expect(try all("/comments/*/body", ticket) == [.text("a"), .null, .other("2e3"), .text("c")])
        #expect(try all("/*/0", ticket) == [.text("d")] && all("/*/*", ticket) == [.text("d")])
        #expect(try all("/*/*", #"[["a","b"],[],"c",["d"]]"#) == [.text("a"), .text("b"), .text("d")])
        #expect(try all("/t/*", #"{"t":["a"],"t":["b","c"]}"#) == [.text("b"), .text("c")])
        #expect(try all("/t", #"{"t":"a"}"#) == [.text("a")] && all("/u/*", #"{"t":"a"}"#).isEmpty)
        #expect(throws: JSONFailure.self) { try all("/t/*", #"{"t":["a"],}"#) }
        let pointers = try #require(JSONPointer("/comments/*/body")).findAll(in: Array(ticket.utf8)).map(\.pointer)
        #expect(pointers.map(\.description) == [0, 1, 3, 4].map { "/comments/\($0)/body" })
    }

    @Test("A fault anywhere in the document is a failure, also behind the text")
    func faults() {
        for document in [
            #"{"t":"a","b":01}"#, #"{"t":"a"} x"#, #"{"t":"a",}"#, #"{"t":"a","b":"\x"}"#, #"{"b":[1,],"t":"a"}"#,
        ] {
            #expect(throws: JSONFailure.self) { try find("/t", document) }
        }
    }

    @Test("What is JSON elsewhere in the document has no say: half surrogates, huge numbers, any depth")
    func elsewhere() throws {
        let deep = String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)
        for other in [#""\ud800""#, "1e400", String(repeating: "9", count: 500), deep] {
            #expect(try find("/t", #"{"a":\#(other),"t":"x","b":\#(other)}"#) == .text("x"))
        }
        #expect(try find("/t", #"{"t":"\ud800 x"}"#) == .halfSurrogate)
    }
}
