// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Multi-head self-attention within one text: softmax(Q · Kᵀ / √D + bias) · V for each head, with the scratch that it needs.
///
/// Legend: t = tokens of the text, C = width, H = heads, D = C / H.
struct Attention: TextAttention {
    let width: Int
    private let headWidth: Int
    /// Times √D; nil for none.
    private let bias: RelativeBias?
    private let kernels: Kernels
    private let keys: FloatBuffer
    private let values: FloatBuffer
    /// Scores `[queryBlock, t]` of one block of queries: the whole `[t, t]` of a long text would leave the cache.
    private let scores: FloatBuffer
    private static let queryBlock = 64

    /// Reserves scratch for the longest texts of a model.
    init(_ architecture: Architecture, bias: RelativeBias?, _ scratch: Scratch, kernels: Kernels) {
        self.bias = bias
        let longest = architecture.positions
        self.kernels = kernels
        width = architecture.width
        headWidth = architecture.headWidth
        keys = scratch.floats(c4b_packed_floats(kernels.table, longest, headWidth))
        values = scratch.floats(c4b_packed_floats(kernels.table, headWidth, longest))
        scores = scratch.floats(Self.queryBlock * Self.scoreStride(longest))
    }

    /// Floats from one row of scores to the next: whole cache lines, so that the masked store that ends a row does not
    /// hold up the load that begins the next.
    private static func scoreStride(_ t: Int) -> Int { (t + 15) & ~15 }

    func apply(
        tokens t: Int,
        queries: Int,
        _ query: UnsafePointer<Float>,
        _ keyValue: UnsafePointer<Float>,
        of layer: LayerPositions,
        to context: UnsafeMutablePointer<Float>
    ) {
        let table = kernels.table.pointee
        let scoreStride = Self.scoreStride(t)
        let scale = 1 / Float(headWidth).squareRoot()
        for column in stride(from: 0, to: width, by: headWidth) {
            let key = keyValue + column
            c4b_pack_f32(kernels.table, t, headWidth, key, 2 * width, 1, keys.start)
            c4b_pack_f32(kernels.table, headWidth, t, key + width, 1, 2 * width, values.start)
            for first in stride(from: 0, to: queries, by: Self.queryBlock) {
                let rows = min(Self.queryBlock, queries - first)
                let x = query + first * width + column
                table.gemm_f32(rows, t, headWidth, x, width, keys.start, nil, scores.start, scoreStride)
                if let bias {
                    for row in 0..<rows {
                        let biases = bias.row(head: column / headWidth, query: first + row)
                        table.training.pointee.add(t, biases, scores.start + row * scoreStride)
                    }
                }
                table.softmax_f32(rows, t, scale, scores.start, scoreStride)
                let output = context + first * width + column
                table.gemm_f32(rows, headWidth, t, scores.start, scoreStride, values.start, nil, output, width)
            }
        }
    }
}
