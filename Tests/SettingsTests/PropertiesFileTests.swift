// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Settings

@Suite struct PropertiesFileTests {
    private struct Case: Decodable {
        let text: String
        /// Pairs of key and value; nil for a file that Java refuses.
        let entries: [[String]]?
    }

    @Test("2,000 random files have the entries that java.util.Properties reads from them, or are refused as there")
    func java() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/properties.jsonl")
        let path = ProcessInfo.processInfo.environment["CLOUD4BERT_TEST_PROPERTIES"] ?? golden.path
        let lines = try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count >= 2_000)
        for line in lines {
            let expected = try JSONDecoder().decode(Case.self, from: Data(line))
            let file = PropertiesFile(expected.text)
            guard let entries = expected.entries else {
                #expect(!file.problems.isEmpty, "\(expected.text.debugDescription)")
                continue
            }
            // By bytes: canonically equivalent texts are not the same here.
            let found = file.entries.map { [Array($0.key.utf8), Array($0.value.utf8)] }
            let same = found == entries.map { $0.map { Array($0.utf8) } }
            #expect(same && file.problems.isEmpty, "\(expected.text.debugDescription)")
        }
    }

    @Test("Entries and problems have the line that they begin on, whatever ends the lines")
    func lines() {
        let file = PropertiesFile("# one\r\na = 1\r\r\n!\nb = 2\\\r\n   3\nc = \\u12\nd\u{2028}e = 4\nf = \\ud83d")
        #expect(file.entries.map(\.line) == [2, 5, 8])
        #expect(file.entries.map(\.value) == ["1", "23", "4"] && file.entries[2].key == "d\u{2028}e")
        #expect(file.problems.map(\.line) == [7, 9])
    }
}
