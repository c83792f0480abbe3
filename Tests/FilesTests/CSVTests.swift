// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Files

@Suite struct CSVTests {
    private func fields(_ text: String) throws -> [[String]] {
        try CSV.parse(Array(text.utf8)).map(\.fields)
    }

    @Test("Quoted fields hold commas, line breaks and doubled quotes")
    func quotes() throws {
        #expect(try fields("a,\"b,\"\"c\"\"\nd\",e\r\nf,g,h") == [["a", "b,\"c\"\nd", "e"], ["f", "g", "h"]])
    }

    @Test("Lines end in CR LF, LF or CR, also within quotes, and the last may lack its end")
    func lineEnds() throws {
        let rows = try CSV.parse(Array("a\r\"b\r\nc\rd\ne\"\n\r\nf\r\ng".utf8))
        #expect(rows.map(\.fields) == [["a"], ["b\r\nc\rd\ne"], ["f"], ["g"]])
        #expect(rows.map(\.line) == [1, 2, 7, 8])
    }

    @Test("Lines of white space are passed over, and a quoted field that is empty is not")
    func blankLines() throws {
        #expect(try fields("text\n  \t\n\"\"\n\" \"\n\t\"a\"\n ") == [["text"], [""], [" "], ["\t\"a\""]])
        for row in [[""], [" "], ["\t"], ["\u{FEFF}"], ["", ""], ["\u{FEFF}a", "b"]] {
            #expect(try fields(CSV.row(row)) == [row])
        }
    }

    @Test("A quote amid an unquoted field, a NUL and white space are characters of the field")
    func characters() throws {
        #expect(try fields("a\"b\"\"c, \"d\",e\0\n") == [["a\"b\"\"c", " \"d\"", "e\0"]])
    }

    @Test("Empty fields are fields, empty lines and a byte order mark are not")
    func empties() throws {
        #expect(try fields("\u{FEFF}a,,\n\n,\"\"\n") == [["a", "", ""], ["", ""]])
        #expect(try fields("").isEmpty)
    }

    @Test("Rows know the line that they begin on")
    func lines() throws {
        #expect(try CSV.parse(Array("a\n\"b\nc\"\nd".utf8)).map(\.line) == [1, 2, 4])
    }

    @Test("What is broken is an error with its line")
    func broken() {
        #expect(throws: CSV.Failure(line: 2, reason: "a quote is opened and never closed")) {
            try fields("a\n\"b\nc")
        }
        #expect(throws: CSV.Failure(line: 1, reason: "there is text after a closing quote")) { try fields("\"a\"b") }
        #expect(throws: CSV.Failure.self) { try CSV.parse([0x61, 0xFF]) }
    }

    @Test("A field reads back as it was written, also with a combining mark behind a quote")
    func marks() throws {
        for field in ["{\"\u{486}&t", "\"\u{301}\"", ",\u{301}", "a\r\u{301}b", "\"", "\"\""] {
            let row = CSV.row([field, "x"])
            #expect(
                try CSV.parse(Array(row.utf8)).map { $0.fields.map { Array($0.utf8) } } == [
                    [Array(field.utf8), [0x78]]
                ]
            )
        }
    }

    @Test("Bytes that come by and by, cut behind any line's end, are the same rows")
    func stream() throws {
        let text = "a,b\n\"x\ny\",2\n\n\"\n\n\",\"\"\nlast,1\n"
        var stream = CSV.Stream(maxBytes: .max)
        var rows: [CSV.Row] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            stream.append(Array("\(line)\n".utf8), isLast: false)
            while let row = stream.next() { rows.append(CSV.Row(line: row.line, fields: try row.fields.get())) }
        }
        #expect(try rows == CSV.parse(Array(text.utf8)))
    }

    @Test("Of a stream, a broken record costs its own line, and comes as it stands there")
    func brokenRecords() {
        var stream = CSV.Stream(maxBytes: .max)
        stream.append(Array("a,\"b\nc,\"d\"\n\"e\" f\r\n\"g\nh\"\ni,".utf8) + [0xFF, 0x0A], isLast: false)
        stream.append(Array("j\n\n\"k\nl".utf8), isLast: true)
        var found: [String] = []
        while let row = stream.next() {
            switch row.fields {
            case .success(let fields): found.append("\(row.line) \(fields)")
            case .failure(let failure):
                let bytes = String(decoding: row.bytes, as: UTF8.self)
                found.append("\(row.line) \(bytes): \(failure.reason), line \(failure.line)")
            }
        }
        #expect(
            found == [
                "1 a,\"b: there is text after a closing quote, line 2", #"2 ["c", "d"]"#,
                "3 \"e\" f: there is text after a closing quote, line 3", #"4 ["g\nh"]"#,
                "6 i,\u{FFFD}: the text is not UTF-8, line 6", #"7 ["j"]"#,
                "9 \"k: a quote is opened and never closed, line 9", #"10 ["l"]"#,
            ]
        )
    }

    @Test("Of a stream, a quote is open for no longer than a record may be, however the bytes come")
    func endlessQuotes() {
        let lines = ["a,\"12345", "789\"", "b,\"1", "2\",\"12345678", "0", "1", "c,d"]
        for parts in [[lines], lines.map { [$0] }] {
            var stream = CSV.Stream(maxBytes: 13)
            var found: [String] = []
            for part in parts {
                stream.append(Array((part.joined(separator: "\n") + "\n").utf8), isLast: false)
                while let row = stream.next() {
                    switch row.fields {
                    case .success(let fields): found.append("\(row.line) \(fields)")
                    case .failure(let failure): found.append("\(row.line) \(failure.line): \(failure.reason)")
                    }
                }
            }
            let reason = "a quote is opened and not closed within the 13 bytes that a record may have"
            // The row is the third line's, its quote that stays open the fourth's.
            #expect(
                found == [
                    #"1 ["a", "12345\n789"]"#, "3 4: \(reason)", "4 4: \(reason)", #"5 ["0"]"#, #"6 ["1"]"#,
                    #"7 ["c", "d"]"#,
                ]
            )
        }
    }
}
