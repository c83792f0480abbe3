// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Multi-head self-attention within one text: softmax(Q · Kᵀ / √D) · V for each head, with the scratch that it needs.
///
/// Legend: t = tokens of the text, C = width, H = heads, D = C / H.
struct Attention {
    private let width: Int
    private let headWidth: Int
    private let kernels: Kernels
    private let keys: FloatBuffer
    private let values: FloatBuffer
    /// Scores `[queryBlock, t]` of one block of queries: the whole `[t, t]` of a long text would leave the cache.
    private let scores: FloatBuffer
    private static let queryBlock = 64

    /// Reserves scratch for texts of up to `longest` tokens.
    init(width: Int, heads: Int, longest: Int, kernels: Kernels) {
        self.width = width
        self.kernels = kernels
        headWidth = width / heads
        keys = FloatBuffer(zeros: c4b_packed_floats(kernels.table, longest, headWidth))
        values = FloatBuffer(zeros: c4b_packed_floats(kernels.table, headWidth, longest))
        scores = FloatBuffer(zeros: Self.queryBlock * Self.scoreStride(longest))
    }

    /// Floats from one row of scores to the next: whole cache lines, so that the masked store that ends a row does not
    /// hold up the load that begins the next.
    private static func scoreStride(_ t: Int) -> Int { (t + 15) & ~15 }

    /// Computes one text's `context[t, C]` from its `qkv[t, 3C]`, whose rows are queries, keys and values side by side.
    func apply(tokens t: Int, qkv: UnsafePointer<Float>, to context: UnsafeMutablePointer<Float>) {
        let table = kernels.table.pointee
        let stride = 3 * width
        let scoreStride = Self.scoreStride(t)
        let scale = 1 / Float(headWidth).squareRoot()
        for column in Swift.stride(from: 0, to: width, by: headWidth) {
            let query = qkv + column
            c4b_pack_f32(kernels.table, t, headWidth, query + width, stride, 1, keys.start)
            c4b_pack_f32(kernels.table, headWidth, t, query + 2 * width, 1, stride, values.start)
            for first in Swift.stride(from: 0, to: t, by: Self.queryBlock) {
                let rows = min(Self.queryBlock, t - first)
                table.gemm_f32(
                    rows,
                    t,
                    headWidth,
                    query + first * stride,
                    stride,
                    keys.start,
                    nil,
                    scores.start,
                    scoreStride
                )
                table.softmax_f32(rows, t, scale, scores.start, scoreStride)
                let output = context + first * width + column
                table.gemm_f32(rows, headWidth, t, scores.start, scoreStride, values.start, nil, output, width)
            }
        }
    }
}
