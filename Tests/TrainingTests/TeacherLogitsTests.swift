// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
import Foundation
import Testing

@testable import Training

@Suite struct TeacherLogitsTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString)")
    private var path: String { directory.appending(path: "teacher.logits").path }

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }

    private func table() -> TeacherLogits {
        var table = TeacherLogits(labels: ["no \"\\", "yes"], teachers: ["a1", "b2"], maxTokens: 96)
        table.add(["", "ä", "a"].map(TeacherLogits.Key.init), [1, -2, 0.1, 3, 60_000, -0.5])
        return table
    }

    @Test("What is read is what was written, in 16 bits")
    func roundTrip() throws {
        try table().write(to: path)
        let read = try TeacherLogits(path: path)
        #expect(read.labels == ["no \"\\", "yes"] && read.teachers == ["a1", "b2"] && read.maxTokens == 96)
        #expect(read.count == 3)
        #expect(read[TeacherLogits.Key("ä")].map(Array.init) == [Float(Float16(0.1)), 3])
        #expect(read[TeacherLogits.Key("a")].map(Array.init) == [Float(Float16(60_000)), -0.5])
        #expect(read[TeacherLogits.Key("b")] == nil)
        // In memory they are the same before they are written.
        #expect(table()[TeacherLogits.Key("ä")].map(Array.init) == [Float(Float16(0.1)), 3])
    }

    @Test("The file's bytes are those that its format says, keys the beginning of SHA-256")
    func bytes() throws {
        try table().write(to: path)
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let header = try #require(
            try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + Int(bytes[0]) + 256 * Int(bytes[1])]))
                as? [String: [String: Any]]
        )
        #expect(header["logits"]?["dtype"] as? String == "F16" && header["logits"]?["shape"] as? [Int] == [3, 2])
        #expect(header["texts"]?["dtype"] as? String == "U8" && header["texts"]?["shape"] as? [Int] == [3, 16])
        #expect(header["__metadata__"]?["teachers"] as? String == #"["a1","b2"]"#)
        #expect(header["__metadata__"]?["max_tokens"] as? String == "96")
        // SHA-256 of nothing begins e3b0c442, that of "a" ca978112.
        let keys = bytes.suffix(48)
        #expect(Array(keys.prefix(4)) == [0xE3, 0xB0, 0xC4, 0x42])
        #expect(Array(keys.suffix(16).prefix(4)) == [0xCA, 0x97, 0x81, 0x12])
    }

    @Test("A file of something else, or one cut short, is refused by path")
    func refused() throws {
        try table().write(to: path)
        let whole = try Data(contentsOf: URL(filePath: path))
        for data in [Data(), whole.dropLast(), whole.prefix(40)] {
            try data.write(to: URL(filePath: path))
            let error = #expect(throws: FileError.self) { try TeacherLogits(path: path) }
            #expect(error?.path == path)
        }
    }
}
