// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Rows of bytes with a scale each, in memory that someone else owns.
struct QuantisedRows {
    let bytes: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    /// Bytes from one row to the next: the row, filled up to what kernels read.
    let stride: Int

    /// The rows from this one on.
    func from(_ row: Int) -> QuantisedRows {
        QuantisedRows(bytes: bytes + row * stride, scales: scales + row, stride: stride)
    }

    /// Quantises `x[rows, width]` to these rows.
    func quantise(rows: Int, width: Int, _ x: UnsafePointer<Float>, _ kernels: Kernels) {
        kernels.table.pointee.quantise_i8(rows, width, x, width, bytes, stride, scales)
    }
}

/// Memory for quantised rows.
final class QuantisedBuffer {
    private let bytes: ByteBuffer
    private let scales: FloatBuffer
    let rows: QuantisedRows

    /// Reserves `count` rows of `width` values.
    init(rows count: Int, width: Int) {
        // Whole groups of inputs, see ckernels.h.
        let stride = (width + 3) & ~3
        bytes = ByteBuffer(zeros: count * stride)
        scales = FloatBuffer(zeros: count)
        rows = QuantisedRows(bytes: bytes.start, scales: scales.start, stride: stride)
    }
}
