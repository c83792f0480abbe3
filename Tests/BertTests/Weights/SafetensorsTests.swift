// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

@Suite struct SafetensorsTests {
    private static func error(_ bytes: [UInt8]) -> FileError? {
        WeightsFixture.error { () throws(FileError) in try WeightsFixture.weights(bytes) }
    }

    private static func entry(_ dtype: String, _ shape: String, _ offsets: String) -> String {
        #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    @Test(
        "A file without tensors, with metadata, with padding after the header, with empty tensors and scalars is read"
    )
    func sound() throws {
        #expect(try WeightsFixture.weights(WeightsFixture.safetensors("{}")).names == [])
        #expect(
            try WeightsFixture.weights(WeightsFixture.safetensors(#"{"__metadata__":{"format":"pt"}}  "#)).names == []
        )
        let header = """
            {"empty":\(Self.entry("F32", "[4,0]", "[4,4]")),"scalar":\(Self.entry("F32", "[]", "[0,4]")),
            "last":\(Self.entry("BOOL", "[1]", "[4,5]"))}
            """
        let weights = try WeightsFixture.weights(WeightsFixture.safetensors(header, dataCount: 5))
        #expect(weights.names == ["empty", "last", "scalar"])
        #expect(try weights.floats("empty", shape: [4, 0]) == [])
        #expect(try weights.floats("scalar", shape: []) == [Float(bitPattern: 0x0302_0100)])
    }

    @Test("A header that is cut short, too long or no JSON object is refused")
    func header() {
        let sound = WeightsFixture.safetensors("{}")
        for bytes in [
            [], [1, 2, 3], Array(sound.dropLast()), WeightsFixture.littleEndian(3, width: 8) + Array("{}".utf8),
            WeightsFixture.littleEndian(-1, width: 8) + [1], WeightsFixture.littleEndian(Int.max, width: 8) + [1],
            WeightsFixture.littleEndian(0, width: 8),
            WeightsFixture.littleEndian(7, width: 8) + [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
            WeightsFixture.safetensors("[]"), WeightsFixture.safetensors(#"{"a":"#),
            WeightsFixture.safetensors(#"{"a":1}"#),
            WeightsFixture.safetensors(String(repeating: "[", count: 100_000)),
            WeightsFixture.safetensors(#"{"a":"# + String(repeating: #"{"a":"#, count: 100_000)),
        ] {
            #expect(Self.error(bytes)?.kind == .invalid, "\(bytes.prefix(20))")
        }
    }

    @Test("A header over the limit is refused before it is read")
    func longHeader() {
        var data = Data(count: 8 + Safetensors.maxHeaderBytes + 1)
        data.replaceSubrange(0..<8, with: WeightsFixture.littleEndian(Safetensors.maxHeaderBytes + 1, width: 8))
        let error = WeightsFixture.error { () throws(FileError) in
            try Safetensors.tensors(in: MappedFile(path: "memory", data: data))
        }
        #expect(error?.reason.contains("no header of at most 100000000 bytes") == true)
    }

    @Test(
        "An entry that lies about itself is refused, with the tensor's name",
        arguments: [
            ("F32", "[1]", "[0,8]"), ("F32", "[2]", "[4,12]"), ("F32", "[2]", "[0,12]"), ("F32", "[2]", "[8,0]"),
            ("F32", "[2]", "[-8,0]"), ("F32", "[2]", "[0,9223372036854775807]"), ("F32", "[-2]", "[0,8]"),
            ("F32", "[2,-1]", "[0,8]"), ("F32", "[4611686018427387905,2]", "[0,8]"),
            ("F32", "[4611686018427387906]", "[0,8]"),
            ("F32", "[9223372036854775807,9223372036854775807]", "[0,8]"), ("F32", "[2]", "[0]"),
            ("F32", "[2]", "[0,4,8]"),
            ("F32", "[1.5]", "[0,8]"), ("F32", "[1e99]", "[0,8]"), ("F32", "2", "[0,8]"), ("F32", "null", "[0,8]"),
            ("F32", "[2,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,8]"), ("F32", "[18446744073709551616]", "[0,8]"),
        ]
    )
    func entries(dtype: String, shape: String, offsets: String) {
        let header = #"{"layer.weight":\#(Self.entry(dtype, shape, offsets))}"#
        let error = Self.error(WeightsFixture.safetensors(header, dataCount: 8))
        #expect(error?.kind == .invalid)
        #expect(error?.path == "memory")
        #expect(error?.reason.contains("layer.weight") == true, "\(error?.reason ?? "")")
    }

    @Test("An unknown type is unsupported, by name")
    func unknownType() {
        let bytes = WeightsFixture.safetensors(#"{"a":\#(Self.entry("F4", "[2]", "[0,1]"))}"#, dataCount: 1)
        #expect(Self.error(bytes)?.kind == .unsupported)
        #expect(Self.error(bytes)?.reason == "tensor 'a' has the unknown dtype 'F4'")
    }

    @Test("Tensors that overlap or leave gaps are refused")
    func layout() {
        let first = #""a":\#(Self.entry("U8", "[4]", "[0,4]"))"#
        for (second, count) in [("[3,5]", 5), ("[5,7]", 7), ("[0,2]", 4), ("[4,6]", 7), ("[4,6]", 5)] {
            let header = #"{\#(first),"b":\#(Self.entry("U8", "[2]", second))}"#
            #expect(Self.error(WeightsFixture.safetensors(header, dataCount: count))?.kind == .invalid, "\(second)")
        }
        // Of two entries with one name the decoder keeps one, and the other's bytes are a gap.
        let twice = "{\(first),\(first.replacing("[0,4]", with: "[4,8]"))}"
        #expect(Self.error(WeightsFixture.safetensors(twice, dataCount: 8))?.kind == .invalid)
    }

    @Test("Messages escape control characters and clip long names")
    func messages() throws {
        let name = #"\u001b[31m\u202e"# + String(repeating: "x", count: 10_000)
        let header = #"{"\#(name)":\#(Self.entry("F4", "[2]", "[0,1]"))}"#
        let error = try #require(Self.error(WeightsFixture.safetensors(header, dataCount: 1)))
        #expect(error.description.utf8.count < 500)
        #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    }
}
