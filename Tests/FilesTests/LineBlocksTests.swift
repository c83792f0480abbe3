// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Files

@Suite struct LineBlocksTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "lines-\(UUID())").path

    private func blocks(of bytes: [UInt8]) throws -> [[UInt8]] {
        try Data(bytes).write(to: URL(filePath: path))
        defer { unlink(path) }
        var reader = try LineBlocks(path)
        var blocks: [[UInt8]] = []
        while let block = try reader.next() { blocks.append(block) }
        return blocks
    }

    @Test("Blocks are whole lines and all of the file, also where a line is longer than a block")
    func whole() throws {
        for text in ["", "a", "a\n", "a\nb", "\n\n", String(repeating: "long ", count: 2_000_000) + "\nx\ny"] {
            let blocks = try blocks(of: Array(text.utf8))
            #expect(blocks.flatMap { $0 } == Array(text.utf8))
            #expect(blocks.dropLast().allSatisfy { $0.last == UInt8(ascii: "\n") })
        }
        #expect(try blocks(of: [0xEF, 0xBB, 0xBF, 0x61, 0x0A]) == [[0x61, 0x0A]])
    }

    @Test("What others put into a pipe comes as it is there, not at its end")
    func pipe() throws {
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let writer = open(path, O_RDWR | O_CLOEXEC)
        defer { close(writer) }
        var reader = try LineBlocks(path)
        for text in ["one\ntw", "o\n"] {
            #expect(write(writer, text, text.utf8.count) == text.utf8.count)
            let expected = text == "o\n" ? "two\n" : "one\n"
            #expect(try reader.next() == Array(expected.utf8))
        }
        #expect(reader.position == 8)
    }

    @Test("What cannot be read is named, and so is text of two bytes a character")
    func refused() throws {
        #expect {
            _ = try LineBlocks("/no/such")
        } throws: {
            ($0 as? FileError)?.kind == .missing && "\($0)".contains("/no/such")
        }
        #expect(throws: FileError.self) { try blocks(of: [0xFF, 0xFE, 0x61, 0]) }
    }

    @Test("Lines come without their ends")
    func lines() {
        #expect(Array("a\r\n\nb".utf8)[...].lines.map { String(decoding: $0, as: UTF8.self) } == ["a", "", "b"])
    }
}
