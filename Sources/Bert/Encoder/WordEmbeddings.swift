// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// The word embeddings, `[vocabulary, E]`: the largest matrix of a small model, of which a text reads a few rows. Halves
/// stay halves, in half of the memory; what else a checkpoint holds becomes f32.
struct WordEmbeddings: Sendable {
    private enum Rows: Sendable {
        case f32(FloatBuffer)
        case f16(ByteBuffer)
    }

    private let rows: Rows
    private let width: Int

    init(_ floats: [Float], width: Int) {
        rows = .f32(FloatBuffer(floats))
        self.width = width
    }

    /// - Parameter halves: IEEE halves in little-endian order.
    init(halves: [UInt8], width: Int) {
        rows = .f16(ByteBuffer(halves))
        self.width = width
    }

    /// Writes the row `[E]` of a word, exactly as it is stored.
    func copy(_ id: Int32, to row: UnsafeMutablePointer<Float>) {
        let first = Int(id) * width
        switch rows {
        case .f32(let floats): row.update(from: floats.start + first, count: width)
        case .f16(let halves): c4b_widen_f16(width, halves.start + 2 * first, row)
        }
    }
}
