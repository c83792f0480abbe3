// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// A linear layer, y = x · Wᵀ + b, whose W is quantised row by row and packed for the instruction set in use.
struct QuantisedLinear: Sendable {
    /// Columns of x.
    let inputs: Int
    /// Columns of y.
    let outputs: Int
    private let packed: ByteBuffer
    private let kernels: Kernels

    /// Quantises and packs `weight` `[outputs, inputs]`, row-major, with `bias` `[outputs]`.
    init(weight: [Float], bias: [Float], kernels: Kernels) {
        outputs = bias.count
        inputs = weight.count / max(outputs, 1)
        precondition(weight.count == inputs * outputs, "a linear layer's weight has \(outputs) equal rows")
        packed = ByteBuffer(zeros: c4b_packed_bytes_i8(kernels.table, outputs, inputs))
        c4b_pack_i8(kernels.table, outputs, inputs, weight, bias, packed.start)
        self.kernels = kernels
    }

    /// Computes `y[rows, outputs]` from `x[rows, inputs]`.
    func apply(_ x: QuantisedRows, rows: Int, to y: UnsafeMutablePointer<Float>) {
        kernels.table.pointee.gemm_i8(rows, outputs, inputs, x.bytes, x.stride, x.rows, packed.start, y, outputs)
    }

    /// Computes gelu of it.
    func applyWithGELU(_ x: QuantisedRows, rows: Int, to y: UnsafeMutablePointer<Float>) {
        kernels.table.pointee.gemm_gelu_i8(rows, outputs, inputs, x.bytes, x.stride, x.rows, packed.start, y, outputs)
    }
}
