// SPDX-License-Identifier: Apache-2.0
import Configuration
import Files
import Foundation
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct LineFileTests {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-test-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = directory.appending(path: name).path
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Lines with the text that is found in each, or what becomes of it.
    private func texts(_ path: String, _ flags: [String: String] = [:]) throws -> [String] {
        var file = try LineFile(path, settings: testSettings(flags))
        var texts: [String] = []
        while let records = try file.next() {
            for record in records {
                #expect(record.id == "\(path):\(record.offset)")
                switch file.decode(record) {
                case .texts(let found): texts.append("\(record.offset) \(found.joinedText)")
                case .rejected(let rejection): texts.append("\(record.offset) \(rejection.reason)")
                case .untagged, .skipped: texts.append("\(record.offset) -")
                }
            }
        }
        return texts
    }

    @Test("What a file holds goes by its name, else by its first line")
    func formats() throws {
        let (text, json) = ("text\n\n{\"text\":\"a\"}\r\nb", "{\"text\":\"a\"}\n\n{\n[]\n")
        let csv = "id,text,\"a\"\"b\"\r\n1,\"x\ny, z\",\n\n2,w,\n"
        #expect(try texts(file("a.txt", text)) == ["1 text", "3 {\"text\":\"a\"}", "4 b"])
        #expect(try texts(file("a.jsonl", json)) == ["1 a", "3 badJSON", "4 missingField"])
        #expect(try texts(file("a.csv", csv)) == ["2 x\ny, z", "5 w"])
        #expect(try texts(file("text", "one\ntwo")) == ["1 one", "2 two"])
        #expect(try texts(file("a.json", json)) == ["1 a", "3 badJSON", "4 missingField"])
        #expect(try texts(file("brackets", "[sic] a\n[b\n")) == ["1 [sic] a", "2 [b"])
        #expect(try texts(file("b.jsonl", "[\"a\"]\n"), ["input.text": "/0"]) == ["1 a"])
        #expect(try texts(file("json", json)) == texts(file("b.ndjson", json)))
        #expect(try texts(file("csv", csv)) == ["2 x\ny, z", "5 w"])
        #expect(try texts(file("none", "")).isEmpty && texts(file("none.csv", "")).isEmpty)
    }

    @Test("Where input.text points is looked at in objects, and in columns before the one named text")
    func fields() throws {
        let csv = "text,title,body\na,b,c\n"
        #expect(try texts(file("a.csv", csv), ["input.text": "/title,/body"]) == ["2 b\nc"])
        #expect(try texts(file("a.csv", csv), ["input.text": "/nested/field"]) == ["2 a"])
        #expect(try texts(file("a.csv", csv), ["input.filter": "/title=x"]) == ["2 -"])
        #expect(try texts(file("a.jsonl", #"{"t":{"u":"x"}}"#), ["input.text": "/t/u"]) == ["1 x"])
    }

    @Test("A row may be longer than what is read at once")
    func longRows() throws {
        let long = String(repeating: "0123456789\n", count: 1_000_000)
        let texts = try texts(file("a.csv", "text\n\"\(long)\"\nend\n"), ["input.max.bytes": "100MiB"])
        #expect(texts.count == 2 && texts[0].utf8.count == long.utf8.count + 2 && texts[1] == "1000003 end")
    }

    @Test("A row that is broken is a record that is rejected, and those around it are records")
    func brokenRows() throws {
        let csv = "text,id\na,1\nb\n\nc,2,3\n\"d\" e,4\nf,5\n\"g,6\nh,7\n"
        let expected = ["2 a", "3 badCSV", "5 badCSV", "6 badCSV", "7 f", "8 badCSV", "9 h"]
        #expect(try texts(file("a.csv", csv)) == expected)
        // A filter has no say in what nobody can read.
        #expect(try texts(file("a.csv", csv), ["input.filter": "/id=1"])[1...3] == expected[1...3])
        #expect(try texts(file("b.csv", "text\n\u{FEFF}\nb,\n")) == ["2 \u{FEFF}", "3 badCSV"])
    }

    @Test("A quote that is never closed costs its line, and does not hold the rest of a large file back")
    func endlessQuote() throws {
        let path = try file(
            "a.csv",
            "text,id\n\"a,1\n" + String(repeating: "\(String(repeating: "b", count: 1 << 16)),2\n", count: 200)
        )
        var file = try LineFile(path, settings: testSettings())
        var counts: [Int] = []
        while let records = try file.next() {
            counts.append(records.count)
            guard let first = records.first, counts.filter({ $0 > 0 }).count == 1 else { continue }
            guard case .rejected(let rejection) = file.decode(first) else {
                Issue.record("\(first.offset) is not rejected")
                continue
            }
            #expect(
                rejection.reason == .badCSV
                    && rejection.message.hasPrefix("line 2: a quote is opened and not closed within")
            )
        }
        #expect(counts.reduce(0, +) == 201 && counts.count > 2 && counts.dropLast().contains { $0 > 0 }, "\(counts)")
    }

    @Test("What is wrong names the file, and the line")
    func refused() throws {
        for (name, text, flags, message) in [
            ("a.csv", "id,body\n", [:], "line 1: names no column 'text', nor one that input.text points to"),
            ("b.csv", "\"text\n", [:], "line 1: a quote is opened and never closed"),
            ("a.json", #"[{"text":"a"},{"text":"b"}]"#, [:], "is JSON without an object a line; jq -c '.[]'"),
            ("b.json", "{\n  \"text\": \"a\"\n}\n", [:], "is JSON without an object a line"),
            ("a.jsonl", "[\n{\"text\":\"a\"},\n{\"text\":\"b\"}]\n", [:], "is JSON without an object a line"),
            ("none", #" [ {"text":"a"}]"#, [:], "is JSON without an object a line"),
            ("binary.txt", "some text\nand a \0\n", [:], "holds NUL bytes"),
            ("d.txt", "x\n", ["output.mode": "merge"], "is plain text, and output.mode"),
            ("e.txt", "x\n", ["input.filter": "/a"], "is plain text, and input.filter"),
        ] as [(String, String, [String: String], String)] {
            let path = try file(name, text)
            #expect {
                try texts(path, flags)
            } throws: {
                "\($0)".hasPrefix("\(path): \(message)")
            }
        }
    }

    @Test("Lines are counted as the format ends them")
    func counts() throws {
        let settings = try testSettings()
        for (name, text, count) in [
            ("a.txt", "", 0), ("a.txt", "a", 1), ("a.txt", "a\r\nb\r\n", 2), ("a.txt", "a\rb\n", 1),
            ("a.csv", "text\ra\r\nb\n\n", 4), ("a.csv", "text\r", 1),
        ] as [(String, String, Int64)] {
            #expect(try LineFile.lineCount(of: file(name, text), settings: settings) == count, "\(text)")
        }
        #expect(try LineFile.lineCount(of: "/dev/null", settings: settings) == nil)
    }
}
