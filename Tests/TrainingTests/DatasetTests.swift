// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

@Suite struct DatasetTests {
    private func dataset(_ text: String, _ kind: String) throws -> [Dataset.Example] {
        try dataset(Array(text.utf8), kind)
    }

    private func dataset(_ bytes: [UInt8], _ kind: String) throws -> [Dataset.Example] {
        let file = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString).\(kind)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try Dataset(path: file.path).examples
    }

    @Test("Columns are found by the header's names, in any order")
    func columns() throws {
        #expect(
            try dataset("id,label,text\n1,positive,\"fine, thanks\"\n", "csv") == [
                Dataset.Example(text: "fine, thanks", label: "positive", line: 2)
            ]
        )
    }

    @Test("The header's names may be in capitals, quoted, between spaces and behind a byte order mark, but not twice")
    func header() throws {
        for header in ["Text, Label", "\u{FEFF}\"text\",LABEL", " TEXT\t,label", "text,label"] {
            #expect(try dataset(header + "\r\na,b\r\n", "csv") == [Dataset.Example(text: "a", label: "b", line: 2)])
        }
        #expect(try dataset("Text,text\na,b\n", "csv").map(\.text) == ["b"])
        for header in ["text,text", "Text,TEXT", "text,label,label"] {
            let error = #expect(throws: DatasetError.self) { try dataset("\n\(header)\na,b\n", "csv") }
            #expect(error?.line == 2 && error?.reason.contains("twice") == true)
        }
    }

    @Test("A byte order mark at the beginning of a file is no part of it", arguments: ["csv", "jsonl", "txt"])
    func byteOrderMark(kind: String) throws {
        let text = ["csv": "text\na\n", "jsonl": "{\"text\":\"a\"}\n", "txt": "a\n"][kind] ?? ""
        #expect(try dataset("\u{FEFF}" + text, kind).map { Array($0.text.utf8) } == [[0x61]])
        #expect(throws: DatasetError.self) { try dataset([0xFF, 0xFE, 0x61, 0], kind) }
    }

    @Test("JSON lines are strict JSON, with names as code points and the last of those that are alike")
    func strictLines() throws {
        #expect(
            try dataset(
                #"{"text":"a","te\u0078t":"b","label":"x","label":1.0,"o":["\ud800",1e999]}"# + "\n \t\n",
                "jsonl"
            )
                == [Dataset.Example(text: "b", label: "1", line: 1)]
        )
        for line in [
            #"{"text":"a",}"#, #"{"text":"\ud800"}"#, #"{"text":"a"} x"#, #"{"text":"a","label":1.5}"#, #"{"text":1}"#,
            #"{"text":"a","label":true}"#, #"{"text":"a","label":["b"]}"#, #"["text"]"#,
            #"{"text":"a","label":"\udc00"}"#,
            #"{"text":"a","label":1e30}"#, "{\"text\":\"a\"}\u{FEFF}",
        ] {
            let error = #expect(throws: DatasetError.self) { try dataset(#"{"text":"a"}"# + "\r\n" + line, "jsonl") }
            #expect(error?.line == 2, "\(line)")
        }
    }

    @Test("A file that is no CSV has a text in each line")
    func lines() throws {
        #expect(try dataset("one\n\ntwo, three\n", "txt").map(\.text) == ["one", "two, three"])
    }

    @Test("JSON lines have text and perhaps a label, which may be a number")
    func jsonLines() throws {
        let examples = try dataset(
            #"{"text":"a\nb","label":"positive"}"# + "\r\n\n" + #"{"label":2,"text":"c"}"# + "\n"
                + #"{"text":"d","label":null}"#,
            "jsonl"
        )
        #expect(examples.map(\.text) == ["a\nb", "c", "d"])
        #expect(examples.map(\.label) == ["positive", "2", nil])
        #expect(examples.map(\.line) == [1, 3, 4])
        let error = #expect(throws: DatasetError.self) {
            try dataset(#"{"text":"a"}"# + "\n" + #"{"body":"b"}"#, "jsonl")
        }
        #expect(error?.line == 2)
    }

    @Test("Labels are known by name, by number, and by sentiment where the model only counts them")
    func labelNames() throws {
        let named = LabelNames(["bad", "good"])
        #expect(["good", "LABEL_1", "1"].map { named.index(of: $0) } == [1, 1, 1])
        #expect(named.index(of: "positive") == nil && named.index(of: "2") == nil)
        #expect(LabelNames(["LABEL_0", "LABEL_1", "LABEL_2"]).index(of: "positive") == 2)
        let error = #expect(throws: DatasetError.self) {
            try named.index(of: Dataset.Example(text: "a", label: "angry", line: 7), in: "x.csv")
        }
        #expect(error?.line == 7 && error?.description.contains("bad, good") == true)
    }

    @Test("A row of too few fields is an error that names its line")
    func shortRow() throws {
        let error = #expect(throws: DatasetError.self) { try dataset("text,label\na,b\nc\n", "csv") }
        #expect(error?.line == 3)
    }

    @Test("No column 'text', no texts and no file are errors")
    func nothing() {
        #expect(throws: DatasetError.self) { try dataset("body\na\n", "csv") }
        #expect(throws: DatasetError.self) { try dataset("text\n", "csv") }
        #expect(throws: DatasetError.self) { try Dataset(path: "/nowhere.csv") }
    }
}
