// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

/// One of the build's instruction sets that this processor has: what every test of a kernel runs over.
struct InstructionSet: Sendable, CustomTestStringConvertible {
    let name: String

    static let names: [String] = (0...).lazy.map { c4b_isa_name($0) }.prefix { $0 != nil }.compactMap { $0 }
        .map { String(cString: $0) }
    static let here: [InstructionSet] = names.filter { c4b_kernels_named($0) != nil }.map(InstructionSet.init)

    /// Its table of functions.
    var kernels: UnsafePointer<c4b_kernels> { c4b_kernels_named(name) }

    /// How it quantises.
    var format: c4b_format_i8 { kernels.pointee.format_i8 }
    /// The bytes of its activations.
    var bytes: ClosedRange<UInt8> { 1...UInt8(format.steps + 2) }

    var testDescription: String { name }

    /// Packs `w`, `[n, k]` row-major.
    func packed(_ w: [Float], n: Int, k: Int) -> [Float] {
        var packed = [Float](repeating: .nan, count: c4b_packed_floats(kernels, n, k))
        c4b_pack_f32(kernels, n, k, w, k, 1, &packed)
        return packed
    }

    /// Quantises `w`, `[n, k]` row-major, in a format, its own unless one is given, and packs it.
    func packedBytes(_ w: [Float], bias: [Float]?, n: Int, k: Int, in format: c4b_format_i8? = nil) -> [UInt8] {
        var table = kernels.pointee
        table.format_i8 = format ?? table.format_i8
        // Swift's arrays begin on 16 bytes, more than the floats in it need.
        var packed = [UInt8](repeating: 77, count: c4b_packed_bytes_i8(&table, n, k))
        c4b_pack_i8(&table, n, k, w, bias, &packed)
        return packed
    }
}

/// The same numbers on each run, in -1 ..< 1.
struct Randoms {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Quantised activations.
    mutating func bytes(_ count: Int, in range: ClosedRange<UInt8>) -> [UInt8] {
        self(count).map { range.lowerBound + UInt8((($0 + 1) / 2 * Float(range.count - 1)).rounded()) }
    }

    mutating func callAsFunction(_ count: Int) -> [Float] {
        (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
        }
    }
}
