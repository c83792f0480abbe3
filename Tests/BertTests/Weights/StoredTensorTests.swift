// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import Testing

@testable import Bert

@Suite struct StoredTensorTests {
    private struct Expected: Decodable {
        let shape: [Int]
        let bits: [UInt32]
    }

    private static func expected(_ name: String) throws -> [String: Expected] {
        let data = Data(try WeightsFixture.bytes("weights/\(name)"))
        return try JSONDecoder().decode([String: Expected].self, from: data)
    }

    @Test("F16, BF16 and F64 at an odd offset become f32 as numpy converts them, bit for bit")
    func halves() throws {
        let weights = try Weights(file: MappedFile(WeightsFixture.path("weights/halves.safetensors")), isTorch: false)
        let expected = try Self.expected("halves.json")
        #expect(weights.names == expected.keys.sorted() + ["odd"])
        for (name, expected) in expected {
            #expect(try weights.elements(name, shape: expected.shape).map(\.bitPattern) == expected.bits, "\(name)")
        }
    }

    @Test("Each of the 65,536 halves becomes the float of its value, not-a-numbers included")
    func allHalves() throws {
        let data = (0...0xFFFF).flatMap { WeightsFixture.littleEndian($0, width: 2) }
        let header = #"{"a":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#
        let floats = try WeightsFixture.weights(WeightsFixture.safetensors(header, data: data)).elements(
            "a",
            shape: [65536]
        )
        let wrong = zip(UInt16.min...UInt16.max, floats).filter { half, float in
            let value = Float(Float16(bitPattern: half))
            return float.bitPattern != value.bitPattern && !(float.isNaN && value.isNaN)
        }
        #expect(wrong.isEmpty)
    }

    @Test(
        "Views as PyTorch saves them (transposed, strided, with offsets) give PyTorch's values",
        arguments: ["", "_protocol4"]
    )
    func views(variant: String) throws {
        let weights = try Weights(file: MappedFile(WeightsFixture.path("weights/views\(variant).bin")), isTorch: true)
        let expected = try Self.expected("views.json")
        #expect(expected.count == 10)
        for (name, expected) in expected {
            #expect(weights.shape(of: name) == expected.shape)
            #expect(try weights.elements(name, shape: expected.shape).map(\.bitPattern) == expected.bits, "\(name)")
        }
    }

    @Test("Tensors of integers have a name and a shape, but are refused as weights")
    func integers() throws {
        let weights = try Weights(file: MappedFile(WeightsFixture.path("weights/views.bin")), isTorch: true)
        for (name, shape, type) in [
            ("position_ids", [1, 5], "I64"), ("num_batches_tracked", [], "I64"), ("mask", [2], "BOOL"),
        ] {
            #expect(weights.shape(of: name) == shape)
            let error = WeightsFixture.error { () throws(FileError) in try weights.floats(name, shape: shape) }
            #expect(error?.kind == .unsupported)
            #expect(error?.reason.contains("'\(name)' is of type \(type)") == true)
        }
    }

    private static func view(shape: [Int], strides: [Int], offset: Int = 0, count: Int = 6) throws(FileError)
        -> [Float]?
    {
        let data = (0..<count).flatMap { WeightsFixture.littleEndian(Int(Float($0).bitPattern), width: 4) }
        let file = MappedFile(path: "memory", data: Data([9, 9, 9] + data))
        return try StoredTensor(
            file: file,
            name: "view",
            element: .f32,
            shape: shape,
            strides: strides,
            offset: offset,
            storage: 3..<3 + data.count
        ).floats()
    }

    @Test("A view that just fits its storage is read, whatever the strides of dimensions of size 1")
    func fits() throws {
        #expect(try Self.view(shape: [2, 3], strides: [3, 1]) == [0, 1, 2, 3, 4, 5])
        #expect(try Self.view(shape: [3, 2], strides: [1, 3]) == [0, 3, 1, 4, 2, 5])
        #expect(try Self.view(shape: [3], strides: [2], offset: 1) == [1, 3, 5])
        #expect(try Self.view(shape: [1, 2, 1], strides: [900, 1, 0], offset: 4) == [4, 5])
        #expect(try Self.view(shape: [2, 2], strides: [0, 1]) == [0, 1, 0, 1])
        #expect(try Self.view(shape: [], strides: [], offset: 5) == [5])
        #expect(try Self.view(shape: [4, 0], strides: [1, 1], offset: 6) == [])
        #expect(try Self.view(shape: [0], strides: [1], count: 0) == [])
    }

    @Test(
        "A view that reaches outside its storage, repeats it without bound or overflows is refused",
        arguments: [
            ([7], [1], 0), ([6], [1], 1), ([2], [6], 0), ([1], [1], 6), ([], [], 6), ([], [], -1), ([0], [1], 7),
            ([2], [-1], 5), ([1000], [0], 0), ([2], [Int.max], 1), ([3], [Int.max], 0), ([2, 3], [1], 0),
            ([-1], [1], 0),
            ([Int.max, 2], [0, 0], 0), ([Int.max, Int.max, 0], [1, 1, 1], 0),
            ([Int](repeating: 1, count: 17), [Int](repeating: 1, count: 17), 0),
        ]
    )
    func outside(shape: [Int], strides: [Int], offset: Int) {
        let error = WeightsFixture.error { () throws(FileError) in
            try Self.view(shape: shape, strides: strides, offset: offset)
        }
        #expect(error?.kind == .invalid)
        #expect(error?.reason.contains("'view'") == true)
    }
}
