// SPDX-License-Identifier: Apache-2.0

import Files
import Testing

@testable import Bert

@Suite struct ShardIndexTests {
    private static func shard(_ name: String, _ value: Float) -> [UInt8] {
        WeightsFixture.safetensors(
            #"{"\#(name)":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            data: WeightsFixture.littleEndian(Int(value.bitPattern), width: 4)
        )
    }

    private static func load(_ index: String, _ shards: [String: [UInt8]] = [:]) throws -> Weights {
        var files = shards
        files["model.safetensors.index.json"] = Array(index.utf8)
        return try WeightsFixture.withDirectory(files) { try Weights(directory: $0) }
    }

    @Test("Tensors are found in the shards that the index names")
    func shards() throws {
        let weights = try Self.load(
            #"{"metadata":{"total_size":8},"weight_map":{"b":"2.safetensors","a":"1.safetensors"}}"#,
            ["1.safetensors": Self.shard("a", 1), "2.safetensors": Self.shard("b", 2)]
        )
        #expect(weights.names == ["a", "b"])
        #expect(weights.path.hasSuffix("/model.safetensors.index.json"))
        #expect(weights.files.map { $0.split(separator: "/").last } == ["1.safetensors", "2.safetensors"])
        #expect(try weights.floats("a", shape: [1]) == [1])
        #expect(try weights.floats("b", shape: [1]) == [2])
    }

    @Test("Checkpoints of PyTorch come in shards, too, of either of its formats")
    func torch() throws {
        let files = [
            "pytorch_model.bin.index.json": Array(
                #"{"weight_map":{"contiguous":"a.bin","half":"b.bin","0.weight":"c.bin"}}"#.utf8
            ),
            "a.bin": try WeightsFixture.bytes("weights/views.bin"),
            "b.bin": try WeightsFixture.bytes("weights/legacy.bin"),
            "c.bin": try WeightsFixture.bytes("weights/module.bin"),
        ]
        let weights = try WeightsFixture.withDirectory(files) { try Weights(directory: $0) }
        #expect(weights.names == ["0.weight", "contiguous", "half"] && weights.files.count == 3)
        #expect(try weights.floats("half", shape: [4]).prefix(2) == [1, -2.5])
        #expect(weights.elements == ["F32": 6 + 24, "F16": 4])
        let outside = [
            "pytorch_model.bin.index.json": Array(#"{"weight_map":{"a":"../a.bin"}}"#.utf8)
        ]
        #expect(throws: FileError.self) { try WeightsFixture.withDirectory(outside) { try Weights(directory: $0) } }
    }

    @Test(
        "A shard outside the directory is refused by name",
        arguments: ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "..", ".", ""]
    )
    func outside(name: String) throws {
        let error = #expect(throws: FileError.self) { try Self.load(#"{"weight_map":{"a":"\#(name)"}}"#) }
        #expect(error?.kind == .invalid)
        #expect(error?.reason.contains("'\(name)'") == true)
    }

    @Test("A missing shard, and one without the tensor that the index puts there, are errors that name the shard")
    func missing() throws {
        let index = #"{"weight_map":{"a":"1.safetensors"}}"#
        let absent = #expect(throws: FileError.self) { try Self.load(index) }
        #expect(absent?.kind == .missing)
        #expect(absent?.path.hasSuffix("/1.safetensors") == true)
        let other = #expect(throws: FileError.self) { try Self.load(index, ["1.safetensors": Self.shard("b", 1)]) }
        #expect(other?.kind == .invalid)
        #expect(other?.path.hasSuffix("/1.safetensors") == true)
    }

    @Test("A broken index is an error", arguments: ["", "[]", "{}", #"{"weight_map":{"a":1}}"#, #"{"weight_map":"#])
    func broken(index: String) throws {
        let error = #expect(throws: FileError.self) { try Self.load(index) }
        #expect(error?.kind == .invalid)
        #expect(error?.path.hasSuffix("index.json") == true)
    }
}
