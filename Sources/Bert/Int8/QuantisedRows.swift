// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Rows of bytes and what they stand for, in memory that someone else owns.
struct QuantisedRows {
    let bytes: UnsafeMutablePointer<UInt8>
    let rows: UnsafeMutablePointer<c4b_row>
    /// Bytes from one row to the next: the row, filled up to what kernels read.
    let stride: Int

    /// The rows from this one on.
    func from(_ row: Int) -> QuantisedRows {
        QuantisedRows(bytes: bytes + row * stride, rows: rows + row, stride: stride)
    }

    /// Quantises `x[count, width]`, scaled by columns where they are given, to these rows.
    func quantise(
        _ count: Int,
        width: Int,
        _ x: UnsafePointer<Float>,
        columns: ColumnScales? = nil,
        _ kernels: Kernels
    ) {
        let factors = columns.map { UnsafePointer($0.ofActivations.start) }
        let table = kernels.table.pointee
        table.quantise_i8(count, width, table.format_i8.steps, x, width, factors, bytes, stride, rows)
    }
}

/// Memory for quantised rows.
final class QuantisedBuffer {
    private let bytes: ByteBuffer
    let rows: QuantisedRows

    /// Reserves `count` rows of `width` values.
    init(rows count: Int, width: Int) {
        // Whole groups of inputs, see ckernels.h.
        let stride = (width + 7) & ~7
        bytes = ByteBuffer(zeros: count * stride)
        let rows = UnsafeMutablePointer<c4b_row>.allocate(capacity: count)
        rows.initialize(repeating: c4b_row(), count: count)
        self.rows = QuantisedRows(bytes: bytes.start, rows: rows, stride: stride)
    }

    deinit {
        rows.rows.deallocate()
    }
}
