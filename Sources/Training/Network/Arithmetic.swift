// SPDX-License-Identifier: Apache-2.0
public import Bert
internal import CKernels

/// How a network multiplies by its matrices: with all operands as they are, or rounded to bfloat16 where the processor
/// multiplies those faster. Sums, attention, norms, losses and the parameters themselves are f32 either way.
struct Arithmetic: Sendable {
    let kernels: Kernels
    /// A static table in C that nothing ever changes, hence safe to share; nil for f32.
    nonisolated(unsafe) let bf16: UnsafePointer<c4b_bf16>?

    /// Products of f32.
    init(kernels: Kernels) {
        self.kernels = kernels
        bf16 = nil
    }

    /// Products as a run asks for them; refuses bfloat16 where the processor has no instructions for it.
    init(kernels: Kernels, usesBF16: Bool) throws(TrainingError) {
        self.kernels = kernels
        bf16 = usesBF16 ? c4b_bf16_for(kernels.table) : nil
        guard usesBF16, bf16 == nil else { return }
        throw TrainingError(
            "bf16: the instruction set \(kernels.instructionSet) on this processor has no products of bfloat16; "
                + "leave it out"
        )
    }

    /// Floats that a packed matrix `[n, k]` takes.
    func packedFloats(_ n: Int, _ k: Int) -> Int {
        bf16.map { c4b_packed_bf16($0, n, k) / 2 } ?? c4b_packed_floats(kernels.table, n, k)
    }

    /// Floats that rows of a rounded matrix `[rows, k]` take; none where nothing is rounded.
    func roundedFloats(_ rows: Int, _ k: Int) -> Int { bf16 == nil ? 0 : rows * ((k + 1) / 2) }

    /// Packs `w[n, k]`.
    func pack(_ n: Int, _ k: Int, _ w: UnsafePointer<Float>, to packed: FloatBuffer) {
        if let bf16 {
            bf16.pointee.pack(n, k, w, k, packed.halves)
        } else {
            c4b_pack_f32(kernels.table, n, k, w, k, 1, packed.start)
        }
    }

    /// Packs the transpose `[n, k]` of `w[k, n]`.
    func packTransposed(_ n: Int, _ k: Int, _ w: UnsafePointer<Float>, to packed: FloatBuffer) {
        if let bf16 {
            bf16.pointee.pack_transposed(n, k, w, n, packed.halves)
        } else {
            c4b_pack_f32(kernels.table, n, k, w, 1, n, packed.start)
        }
    }
}

extension FloatBuffer {
    /// The memory as bfloat16, which only kernels read and write.
    var halves: UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(start).assumingMemoryBound(to: UInt16.self)
    }
}

extension Kernels {
    /// Whether training may multiply in bfloat16 with them on this processor.
    public var haveBF16: Bool { c4b_bf16_for(table) != nil }
}
