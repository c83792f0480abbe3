// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// The products of one thread, with the memory that they take: operands rounded, turned or packed on the way.
final class MatrixProducts {
    private let arithmetic: Arithmetic
    /// A left operand, rounded.
    private let rounded: FloatBuffer
    /// dyᵀ, `[outputs, rows]`, rounded if need be.
    private let transposed: FloatBuffer
    /// x, packed as a matrix of weights is.
    private let packed: FloatBuffer

    /// Reserves memory for products with each of these linear layers and as many rows.
    init(_ shapes: [(place: ParameterLayout.LinearPlace, rows: Int)], arithmetic: Arithmetic) {
        self.arithmetic = arithmetic
        let most = { (floats: (ParameterLayout.LinearPlace, Int) -> Int) in
            shapes.map { floats($0.place, $0.rows) }.max() ?? 0
        }
        rounded = FloatBuffer(reserving: most { arithmetic.roundedFloats($1, max($0.inputs, $0.outputs)) })
        transposed = FloatBuffer(reserving: most { $0.outputs * (($1 + 1) / 2 * 2) })
        packed = FloatBuffer(reserving: most { arithmetic.packedFloats($0.inputs, $1) })
    }

    /// Computes y = x · wᵀ + bias, or where `adds` holds y += x · wᵀ: `y[rows, n]` from `x[rows, k]`, whose rows start every
    /// `stride` floats.
    func multiply(
        rows: Int,
        _ n: Int,
        _ k: Int,
        _ x: UnsafePointer<Float>,
        stride: Int,
        by w: FloatBuffer,
        bias: UnsafePointer<Float>? = nil,
        adds: Bool = false,
        to y: UnsafeMutablePointer<Float>
    ) {
        let table = arithmetic.kernels.table.pointee
        if let bf16 = arithmetic.bf16?.pointee {
            bf16.round(rows, k, x, stride, rounded.halves)
            bf16.gemm(adds, rows, n, k, rounded.halves, w.halves, bias, y, n)
        } else if adds {
            table.gemm_add_f32(rows, n, k, x, stride, w.start, y, n)
        } else {
            table.gemm_f32(rows, n, k, x, stride, w.start, bias, y, n)
        }
    }

    /// Computes dw += dyᵀ · x: `dw[n, k]` from `dy[rows, n]` and `x[rows, k]`.
    func addWeightGradient(
        rows: Int,
        _ n: Int,
        _ k: Int,
        _ dy: UnsafePointer<Float>,
        _ x: UnsafePointer<Float>,
        to dw: UnsafeMutablePointer<Float>
    ) {
        arithmetic.packTransposed(k, rows, x, to: packed)
        if let bf16 = arithmetic.bf16?.pointee {
            bf16.round_transposed(rows, n, dy, n, transposed.halves)
            bf16.gemm(true, n, k, rows, transposed.halves, packed.halves, nil, dw, k)
        } else {
            c4b_transpose_f32(rows, n, dy, n, transposed.start, rows)
            let table = arithmetic.kernels.table.pointee
            table.gemm_add_f32(n, k, rows, transposed.start, rows, packed.start, dw, k)
        }
    }
}
