// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

@Suite struct WeightsTests {
    private let golden = WeightsFixture.path("distilbert-classifier")

    @Test("pytorch_model.bin and model.safetensors of one model give the same names, shapes and bits")
    func formatsAgree() throws {
        let safetensors = try Weights(directory: golden)
        let torch = try Weights(file: MappedFile("\(golden)/pytorch_model.bin"), isTorch: true)
        #expect(safetensors.path == "\(golden)/model.safetensors")
        #expect(safetensors.files == [safetensors.path])
        #expect(safetensors.names.count == 40)
        #expect(safetensors.names == torch.names)
        #expect(safetensors.names == safetensors.names.sorted())
        #expect(safetensors.shape(of: "distilbert.embeddings.word_embeddings.weight") == [951, 32])
        #expect(safetensors.shape(of: "none") == nil)
        for name in safetensors.names {
            let shape = try #require(safetensors.shape(of: name))
            #expect(torch.shape(of: name) == shape)
            let (one, other) = (try safetensors.floats(name, shape: shape), try torch.floats(name, shape: shape))
            #expect(one.count == shape.reduce(1, *))
            #expect(one.map(\.bitPattern) == other.map(\.bitPattern), "\(name)")
            #expect(one.contains { $0 != 0 } || name.hasSuffix("bias"), "\(name) is all zero")
        }
    }

    @Test("A directory with only pytorch_model.bin is read")
    func torchAlone() throws {
        let bytes = try WeightsFixture.bytes("weights/views.bin")
        try WeightsFixture.withDirectory(["pytorch_model.bin": bytes]) { directory in
            let weights = try Weights(directory: directory)
            #expect(weights.path == "\(directory)/pytorch_model.bin")
            #expect(try weights.floats("scalar", shape: []) == [2.5])
        }
    }

    @Test("A directory without weights is missing, and the message names what was looked for")
    func noWeights() throws {
        try WeightsFixture.withDirectory(["config.json": []]) { directory in
            let error = try #require(
                WeightsFixture.error { () throws(FileError) in try Weights(directory: directory) }
            )
            #expect(error.kind == .missing)
            for name in [directory, "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"] {
                #expect(error.description.contains(name))
            }
            let nowhere = "\(directory)/nowhere"
            #expect(WeightsFixture.error { () throws(FileError) in try Weights(directory: nowhere) }?.kind == .missing)
        }
    }

    @Test("A missing tensor and one of another shape are named with the file and both shapes")
    func wrongShape() throws {
        let weights = try Weights(directory: golden)
        let missing = try #require(
            WeightsFixture.error { () throws(FileError) in try weights.floats("bert.pooler.weight", shape: [32, 32]) }
        )
        #expect(missing.kind == .invalid)
        #expect(missing.path == weights.path)
        #expect(missing.reason.contains("'bert.pooler.weight'") && missing.reason.contains("[32, 32]"))
        let other = try #require(
            WeightsFixture.error { () throws(FileError) in try weights.floats("classifier.weight", shape: [32, 3]) }
        )
        #expect(other.reason.contains("[3, 32]") && other.reason.contains("[32, 3]"))
    }

    @Test("gamma and beta of an old checkpoint's LayerNorm appear as weight and bias, other names stay")
    func oldNames() throws {
        let header = #"""
            {"a.LayerNorm.gamma":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
             "a.LayerNorm.beta":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},
             "gamma":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}
            """#
        let data = [1, 2, 3].flatMap { WeightsFixture.littleEndian(Int(Float($0).bitPattern), width: 4) }
        let weights = try WeightsFixture.weights(WeightsFixture.safetensors(header, data: data))
        #expect(weights.names == ["a.LayerNorm.bias", "a.LayerNorm.weight", "gamma"])
        #expect(try weights.floats("a.LayerNorm.weight", shape: [1]) == [1])
        #expect(try weights.floats("a.LayerNorm.bias", shape: [1]) == [2])
    }

    @Test("A file with both the old and the present name of one tensor is refused")
    func bothNames() throws {
        let header = #"""
            {"LayerNorm.gamma":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
             "LayerNorm.weight":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            """#
        let error = WeightsFixture.error { () throws(FileError) in
            try WeightsFixture.weights(WeightsFixture.safetensors(header, dataCount: 8))
        }
        #expect(error?.kind == .invalid)
        #expect(error?.reason.contains("'LayerNorm.weight'") == true)
    }

    struct NotFinite: Sendable, CustomTestStringConvertible {
        let type: String
        let bits: UInt64
        let size: Int
        var testDescription: String { "\(type) \(String(bits, radix: 16))" }
    }

    @Test(
        "A number that is not finite as f32 is refused in every type, by its place",
        arguments: [
            NotFinite(type: "F16", bits: 0x7C00, size: 2), NotFinite(type: "F16", bits: 0xFC00, size: 2),
            NotFinite(type: "F16", bits: 0x7E01, size: 2), NotFinite(type: "F16", bits: 0xFC01, size: 2),
            NotFinite(type: "BF16", bits: 0x7F80, size: 2), NotFinite(type: "BF16", bits: 0xFFC0, size: 2),
            NotFinite(type: "F32", bits: 0x7F80_0001, size: 4), NotFinite(type: "F32", bits: 0xFF80_0000, size: 4),
            NotFinite(type: "F64", bits: 0x7FF0_0000_0000_0000, size: 8),
            NotFinite(type: "F64", bits: 0x7FF8_0000_0000_0000, size: 8),
            // 1e300, which f32 does not reach.
            NotFinite(type: "F64", bits: 0x7E37_E43C_8800_759C, size: 8),
        ]
    )
    func notFinite(number: NotFinite) throws {
        let count = 70
        var data = [UInt8](repeating: 0, count: count * number.size)
        let place = 68 * number.size
        let header = #"{"a":{"dtype":"\#(number.type)","shape":[7,10],"data_offsets":[0,\#(data.count)]}}"#
        let zeros = try WeightsFixture.weights(WeightsFixture.safetensors(header, data: data))
        #expect(try zeros.floats("a", shape: [7, 10]) == [Float](repeating: 0, count: count))
        for byte in 0..<number.size { data[place + byte] = UInt8(truncatingIfNeeded: number.bits >> (8 * byte)) }
        let weights = try WeightsFixture.weights(WeightsFixture.safetensors(header, data: data))
        var errors = [WeightsFixture.error { () throws(FileError) in try weights.floats("a", shape: [7, 10]) }]
        if number.type == "F16" {
            errors.append(WeightsFixture.error { () throws(FileError) in try weights.halves("a", shape: [7, 10]) })
        }
        for error in errors {
            #expect(error?.kind == .invalid && error?.reason.contains("'a'") == true)
            #expect(error?.reason.contains("element 68 of 70") == true)
        }
    }

    @Test("A Git LFS pointer is told from a broken file", arguments: [false, true])
    func gitLFSPointer(isTorch: Bool) {
        let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8)
        let error = WeightsFixture.error { () throws(FileError) in
            try WeightsFixture.weights(pointer, isTorch: isTorch)
        }
        #expect(error?.reason.contains("git lfs pull") == true)
    }

    @Test("An empty file and a directory in the file's place are errors")
    func notAFile() throws {
        for name in ["model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"] {
            try WeightsFixture.withDirectory([name: []]) { directory in
                #expect(
                    WeightsFixture.error { () throws(FileError) in try Weights(directory: directory) }?.kind
                        == .invalid
                )
                let path = "\(directory)/\(name)"
                try FileManager.default.removeItem(atPath: path)
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                let error = WeightsFixture.error { () throws(FileError) in try Weights(directory: directory) }
                #expect(error?.reason == "is not a regular file")
                #expect(error?.path == path)
            }
        }
    }
}
