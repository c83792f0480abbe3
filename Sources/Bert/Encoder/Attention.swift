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
    private let memory: AttentionScratch

    /// Reserves scratch for the longest texts of a model.
    init(_ architecture: Architecture, bias: RelativeBias?, _ scratch: Scratch, kernels: Kernels) {
        self.bias = bias
        self.kernels = kernels
        width = architecture.width
        headWidth = architecture.headWidth
        memory = AttentionScratch(architecture, scratch, kernels: kernels)
    }

    func apply(
        tokens t: Int,
        queries: Int,
        _ query: UnsafePointer<Float>,
        _ keyValue: UnsafePointer<Float>,
        of layer: LayerPositions,
        to context: UnsafeMutablePointer<Float>
    ) {
        let table = kernels.table.pointee
        let (keys, values, scores) = (memory.keys, memory.values, memory.scores)
        let scoreStride = AttentionScratch.stride(t)
        let scale = 1 / Float(headWidth).squareRoot()
        for column in stride(from: 0, to: width, by: headWidth) {
            let key = keyValue + column
            c4b_pack_f32(kernels.table, t, headWidth, key, 2 * width, 1, keys.start)
            c4b_pack_f32(kernels.table, headWidth, t, key + width, 1, 2 * width, values.start)
            for first in stride(from: 0, to: queries, by: AttentionScratch.queryBlock) {
                let rows = min(AttentionScratch.queryBlock, queries - first)
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
