// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// A linear layer, y = x · Wᵀ + b, with W packed for the instruction set in use.
struct Linear: Sendable {
    /// Columns of x.
    let inputs: Int
    /// Columns of y.
    let outputs: Int
    let packed: FloatBuffer
    private let bias: FloatBuffer
    private let kernels: Kernels

    /// Packs `weight` `[outputs, inputs]`, row-major, and `bias` `[outputs]`.
    init(weight: [Float], bias: [Float], kernels: Kernels) {
        outputs = bias.count
        inputs = weight.count / max(outputs, 1)
        precondition(weight.count == inputs * outputs, "a linear layer's weight has \(outputs) equal rows")
        let (n, k) = (outputs, inputs)
        packed = FloatBuffer(count: c4b_packed_floats(kernels.table, n, k)) { packed in
            weight.withUnsafeBufferPointer { weight in
                guard let weight = weight.baseAddress else { return }
                c4b_pack_f32(kernels.table, n, k, weight, k, 1, packed)
            }
        }
        self.bias = FloatBuffer(bias)
        self.kernels = kernels
    }

    /// Computes `y[rows, outputs]` from `x[rows, inputs]`; a row of x starts every `stride` floats.
    func apply(rows: Int, _ x: UnsafePointer<Float>, stride: Int, to y: UnsafeMutablePointer<Float>) {
        kernels.table.pointee.gemm_f32(rows, outputs, inputs, x, stride, packed.start, bias.start, y, outputs)
    }
}
