// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

@Suite struct TorchCheckpointTests {
    private static func error(_ bytes: [UInt8]) -> FileError? {
        WeightsFixture.error { () throws(FileError) in try WeightsFixture.weights(bytes, isTorch: true) }
    }

    @Test("The state dictionary of a module, with its _metadata, is read")
    func module() throws {
        let weights = try WeightsFixture.weights(try WeightsFixture.bytes("weights/module.bin"), isTorch: true)
        let names = [
            "0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight",
        ]
        #expect(weights.names == names)
        #expect(try weights.floats("1.running_var", shape: [3]) == [1, 1, 1])
    }

    @Test(
        "What is not a plain state dictionary is unsupported, and the message says what to do",
        arguments: [
            ("whole_module", "'torch.nn.modules.container.Sequential'"),
            ("script", "TorchScript"), ("wrapped", "a dictionary under 'state_dict'"),
        ]
    )
    func unsupported(file: String, reason: String) throws {
        let error = try #require(Self.error(try WeightsFixture.bytes("weights/\(file).bin")))
        #expect(error.kind == .unsupported)
        #expect(error.reason.contains(reason), "\(error)")
        #expect(error.reason.contains("save"), "\(error)")
    }

    @Test("The format from before PyTorch 1.6 holds the same views of storages as that since then, bit for bit")
    func legacy() throws {
        let legacy = try WeightsFixture.weights(try WeightsFixture.bytes("weights/legacy.bin"), isTorch: true)
        let present = try WeightsFixture.weights(try WeightsFixture.bytes("weights/views.bin"), isTorch: true)
        #expect(legacy.names == present.names && legacy.names.count == 13)
        for name in legacy.names {
            let shape = try #require(legacy.shape(of: name))
            #expect(shape == present.shape(of: name))
            guard let floats = try? present.floats(name, shape: shape) else { continue }
            #expect(try legacy.floats(name, shape: shape) == floats)
        }
    }

    @Test(
        "Of the old format, what is cut short, or of other machines and versions, is refused by name",
        arguments: [
            ([UInt8]("little_endian".utf8), 15, 0x89, FileError.Kind.unsupported, "not little-endian"),
            ([0x80, 2, 0x4D], 3, 0xE8, .unsupported, "another version"),
        ]
    )
    func legacyRefused(mark: [UInt8], distance: Int, byte: UInt8, kind: FileError.Kind, reason: String) throws {
        var bytes = try WeightsFixture.bytes("weights/legacy.bin")
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: mark) }) + distance
        bytes[place] = byte
        let error = try #require(Self.error(bytes))
        #expect(error.kind == kind && error.reason.contains(reason), "\(error)")
    }

    @Test("Of the old format, a file that is cut short says which storage is not there")
    func legacyCut() throws {
        let bytes = try WeightsFixture.bytes("weights/legacy.bin")
        let error = try #require(Self.error(Array(bytes.dropLast())))
        #expect(error.kind == .invalid && error.reason.contains("is the file cut short?"), "\(error)")
        for count in stride(from: 0, to: bytes.count, by: 7) { #expect(Self.error(Array(bytes.prefix(count))) != nil) }
    }

    @Test("A tensor that repeats its storage without bound is refused by name")
    func repeated() throws {
        let error = Self.error(try WeightsFixture.bytes("weights/repeated.bin"))
        #expect(error?.kind == .invalid)
        #expect(error?.reason.contains("'repeated' reaches outside its storage of 1 elements") == true)
    }

    /// The pickle of a dictionary with the tensor `a`, f32 of shape [2], in the storage '0' of `count` elements.
    private static func pickle(count: UInt8 = 2) -> [UInt8] {
        func string(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }
        let storage = [0x28] + string("storage") + Array("ctorch\nFloatStorage\n".utf8) + string("0") + string("cpu")
        let view: [UInt8] = [0x4B, 0, 0x4B, 2, 0x85, 0x4B, 1, 0x85, 0x89, 0x7D, 0x74, 0x52, 0x73, 0x2E]
        let rebuild = Array("ctorch._utils\n_rebuild_tensor_v2\n(".utf8)
        return [0x80, 2, 0x7D] + string("a") + rebuild + storage + [0x4B, count, 0x74, 0x51] + view
    }

    @Test("A storage that is absent or shorter than the pickle says is refused with the tensor's name")
    func storages() throws {
        let data = [Float(1), 2].flatMap { WeightsFixture.littleEndian(Int($0.bitPattern), width: 4) }
        let sound = TorchArchive(pickle: Self.pickle(), storages: ["0": data])
        #expect(try WeightsFixture.weights(sound.bytes, isTorch: true).floats("a", shape: [2]) == [1, 2])

        let absent = Self.error(TorchArchive(pickle: Self.pickle(), storages: ["1": data]).bytes)
        #expect(absent?.reason.contains("'archive/data/0', which is not there") == true)
        let short = Self.error(TorchArchive(pickle: Self.pickle(), storages: ["0": Array(data.dropLast())]).bytes)
        #expect(short?.reason.contains("tensor 'a' needs 2 elements") == true)
        let view = Self.error(TorchArchive(pickle: Self.pickle(count: 1), storages: ["0": data]).bytes)
        #expect(view?.reason.contains("tensor 'a' reaches outside its storage of 1 elements") == true)
    }

    @Test("A checkpoint of a big-endian machine is unsupported, a little-endian one is read")
    func byteOrder() throws {
        var archive = TorchArchive(pickle: Self.pickle(), storages: ["0": [UInt8](repeating: 0, count: 8)])
        archive.entries.append(("archive/byteorder", Array("big".utf8)))
        #expect(Self.error(archive.bytes)?.kind == .unsupported)
        archive.entries[2].bytes = Array("little".utf8)
        #expect(Self.error(archive.bytes) == nil)
    }

    @Test("A pickle that is too long is refused before it is read")
    func longPickle() {
        let pickle = [UInt8](repeating: 0x4E, count: TorchCheckpoint.maxPickleBytes + 1)
        #expect(Self.error(TorchArchive(pickle: pickle).bytes)?.reason.contains("over 4194304 bytes") == true)
    }
}
