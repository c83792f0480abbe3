// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

@Suite struct DatasetTests {
    private func dataset(_ text: String, _ kind: String) throws -> [Dataset.Example] {
        let file = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString).\(kind)")
        try Data(text.utf8).write(to: file)
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
