// SPDX-License-Identifier: Apache-2.0

import Files
import Testing

@testable import Bert

@Suite struct ZipArchiveTests {
    /// The pickle of an empty dictionary.
    private static let empty: [UInt8] = [0x80, 2, 0x7D, 0x2E]

    private static func error(_ bytes: [UInt8]) -> FileError? {
        WeightsFixture.error { () throws(FileError) in try WeightsFixture.weights(bytes, isTorch: true) }
    }

    @Test("Archives with 64-bit fields and with a comment are read")
    func sound() throws {
        var archive = TorchArchive(pickle: Self.empty)
        #expect(try WeightsFixture.weights(archive.bytes, isTorch: true).names == [])
        archive.comment = [UInt8](repeating: 0x50, count: 0xFFFF)
        #expect(try WeightsFixture.weights(archive.bytes, isTorch: true).names == [])
        archive.isZip64 = true
        #expect(try WeightsFixture.weights(archive.bytes, isTorch: true).names == [])
    }

    @Test("Every file that is cut short is refused", arguments: [false, true])
    func cutShort(isZip64: Bool) {
        var archive = TorchArchive(pickle: Self.empty)
        archive.isZip64 = isZip64
        let bytes = archive.bytes
        for length in bytes.indices {
            #expect(Self.error(Array(bytes.prefix(length)))?.kind == .invalid, "\(length)")
        }
    }

    @Test("Compressed and encrypted entries are unsupported, by name")
    func compressed() {
        var archive = TorchArchive(pickle: Self.empty)
        archive.method = 8
        #expect(Self.error(archive.bytes)?.kind == .unsupported)
        #expect(Self.error(archive.bytes)?.reason.contains("'archive/data.pkl' is compressed (method 8)") == true)
        archive.method = 0
        archive.flags = 1
        #expect(Self.error(archive.bytes)?.reason.contains("is encrypted") == true)
    }

    @Test("Two entries of one name, a name that is not UTF-8, no pickle and two pickles are refused")
    func entries() {
        var archive = TorchArchive(pickle: Self.empty)
        archive.entries.append(archive.entries[0])
        #expect(Self.error(archive.bytes)?.reason.contains("two zip entries") == true)
        archive.entries[1].name = "other/data.pkl"
        #expect(Self.error(archive.bytes)?.reason.contains("2 data.pkl") == true)
        archive.entries = [("readme", [])]
        #expect(Self.error(archive.bytes)?.reason.contains("0 data.pkl") == true)
        archive.entries = []
        #expect(Self.error(archive.bytes)?.kind == .invalid)
        let bytes = TorchArchive(pickle: Self.empty).bytes.map { $0 == UInt8(ascii: "h") ? 0xFF : $0 }
        #expect(Self.error(bytes)?.reason == "a zip entry's name is not UTF-8")
    }
}
