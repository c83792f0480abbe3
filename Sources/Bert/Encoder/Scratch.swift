// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Gives out the memory that an encoder computes in, and counts it.
///
/// Made to measure, it gives out buffers of no length and counts what they should have been: so that what an encoder
/// will take is known from the very lines that take it. What is made of such buffers must not run.
final class Scratch {
    /// Bytes that were asked for.
    private(set) var bytes = 0
    private let measures: Bool

    init(measures: Bool = false) { self.measures = measures }

    /// Zeros.
    func floats(_ count: Int) -> FloatBuffer {
        FloatBuffer(zeros: length(count, of: MemoryLayout<Float>.stride))
    }

    /// Rows of bytes, with what they stand for.
    func quantised(rows: Int, width: Int) -> QuantisedBuffer {
        let buffer = QuantisedBuffer(rows: measures ? 0 : rows, width: width)
        _ = length(rows, of: buffer.rows.stride + MemoryLayout<c4b_row>.stride)
        return buffer
    }

    private func length(_ count: Int, of size: Int) -> Int {
        bytes += count * size
        return measures ? 0 : count
    }
}
