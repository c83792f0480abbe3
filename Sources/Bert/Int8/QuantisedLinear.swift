// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// A linear layer, y = x · Wᵀ + b, whose W is quantised row by row and packed for the instruction set in use.
struct QuantisedLinear: Sendable {
    /// Columns of x.
    let inputs: Int
    /// Columns of y.
    let outputs: Int
    /// What rows are multiplied by when they are quantised for this layer.
    let columns: ColumnScales?
    let packed: ByteBuffer
    /// The last inputs, whose weights have scales of their own; none for most layers.
    private let apart: (count: Int, packed: ByteBuffer)
    private let kernels: Kernels

    /// Quantises and packs `weight` `[outputs, inputs]`, row-major, with `bias` `[outputs]`.
    ///
    /// - Parameters:
    ///   - columns: factors of the inputs; nil for none.
    ///   - apart: how many of the last inputs get scales of their own.
    init(weight: [Float], bias: [Float], columns: ColumnScales? = nil, apart: Int = 0, kernels: Kernels) {
        let weight = columns?.scaled(weight) ?? weight
        self.columns = columns
        outputs = bias.count
        inputs = weight.count / max(outputs, 1)
        precondition(weight.count == inputs * outputs, "a linear layer's weight has \(outputs) equal rows")
        let whole = inputs - apart
        var (rest, last): ([Float], [Float]) = ([], [])
        for row in stride(from: 0, to: weight.count, by: max(inputs, 1)) {
            rest += weight[row..<row + whole]
            last += weight[row + whole..<row + inputs]
        }
        packed = ByteBuffer(zeros: c4b_packed_bytes_i8(kernels.table, outputs, whole))
        c4b_pack_i8(kernels.table, outputs, whole, rest, bias, packed.start)
        let packedLast = ByteBuffer(zeros: c4b_packed_bytes_i8(kernels.table, outputs, apart))
        c4b_pack_i8(kernels.table, outputs, apart, last, nil, packedLast.start)
        self.apart = (apart, packedLast)
        self.kernels = kernels
    }

    /// Computes `y[rows, outputs]` from `x[rows, inputs]`.
    func apply(_ x: QuantisedRows, rows: Int, to y: UnsafeMutablePointer<Float>) {
        let (table, n, whole) = (kernels.table.pointee, outputs, inputs - apart.count)
        table.gemm_i8(rows, n, whole, x.bytes, x.stride, x.rows, packed.start, y, n)
        guard apart.count > 0 else { return }
        table.gemm_add_i8(rows, n, apart.count, x.bytes + whole, x.stride, x.rows, apart.packed.start, y, n)
    }

    /// Computes gelu of it, for a layer with one scale for each output.
    func applyWithGELU(_ x: QuantisedRows, rows: Int, to y: UnsafeMutablePointer<Float>) {
        kernels.table.pointee.gemm_gelu_i8(rows, outputs, inputs, x.bytes, x.stride, x.rows, packed.start, y, outputs)
    }
}
