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
                Dataset.Example(text: "fine, thanks", label: "positive")
            ]
        )
    }

    @Test("A file that is no CSV has a text in each line")
    func lines() throws {
        #expect(try dataset("one\n\ntwo, three\n", "txt").map(\.text) == ["one", "two, three"])
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
