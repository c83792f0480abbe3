// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Layer normalisation over the columns of each row, after an optional residual is added.
struct LayerNorm: Sendable {
    private let gain: FloatBuffer
    private let bias: FloatBuffer
    private let epsilon: Float
    private let kernels: Kernels

    /// Keeps `gain` and `bias` `[C]`, named `weight` and `bias` in a checkpoint.
    init(gain: [Float], bias: [Float], epsilon: Float, kernels: Kernels) {
        precondition(gain.count == bias.count, "a layer norm has as many gains as biases")
        self.gain = FloatBuffer(gain)
        self.bias = FloatBuffer(bias)
        self.epsilon = epsilon
        self.kernels = kernels
    }

    /// Computes `y[rows, C]` = normalised `x + residual`; y may be either of them.
    func apply(
        rows: Int,
        _ x: UnsafePointer<Float>,
        residual: UnsafePointer<Float>?,
        to y: UnsafeMutablePointer<Float>
    ) {
        kernels.table.pointee.layer_norm_f32(rows, gain.count, x, residual, gain.start, bias.start, epsilon, y)
    }

    /// Computes the same, and quantises `y`, scaled by columns where they are given, to `quantised`.
    func apply(
        rows: Int,
        _ x: UnsafePointer<Float>,
        residual: UnsafePointer<Float>?,
        to y: UnsafeMutablePointer<Float>,
        quantised: QuantisedRows,
        columns: ColumnScales?
    ) {
        kernels.table.pointee.layer_norm_i8(
            rows,
            gain.count,
            x,
            residual,
            gain.start,
            bias.start,
            epsilon,
            y,
            kernels.table.pointee.format_i8.steps,
            columns.map { UnsafePointer($0.ofActivations.start) },
            quantised.bytes,
            quantised.stride,
            quantised.rows
        )
    }
}
