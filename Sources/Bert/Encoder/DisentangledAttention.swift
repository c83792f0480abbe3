// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Disentangled self-attention within one text: a score is the product of query and key, that of the query with the key's
/// distance, and that of the key with the query's.
///
/// Legend: t = tokens of the text, C = width, H = heads, D = C / H, n = rows of the table that the text's distances have.
struct DisentangledAttention: TextAttention {
    let width: Int
    private let headWidth: Int
    private let kernels: Kernels
    /// The row for each distance from `1 - reach` on.
    private let rows: [Int]
    private let reach: Int
    private let memory: AttentionScratch
    /// The table's rows of one head, packed.
    private let table: FloatBuffer
    /// `[queryBlock, n]`: of the queries with distances.
    private let queryScores: FloatBuffer
    /// `[t, n]`: of the keys with distances.
    private let keyScores: FloatBuffer

    /// Reserves scratch for the longest texts of a model.
    init(_ architecture: Architecture, _ plan: Disentangled, _ scratch: Scratch, kernels: Kernels) {
        self.kernels = kernels
        width = architecture.width
        headWidth = architecture.headWidth
        let longest = architecture.positions
        reach = longest
        rows = (1 - longest..<longest).map(plan.row)
        let most = AttentionScratch.stride(2 * plan.span)
        memory = AttentionScratch(architecture, scratch, kernels: kernels)
        table = scratch.floats(c4b_packed_floats(kernels.table, 2 * plan.span, headWidth))
        queryScores = scratch.floats(AttentionScratch.queryBlock * most)
        keyScores = scratch.floats(longest * most)
    }

    private func row(of distance: Int) -> Int { rows[distance + reach - 1] }

    func apply(
        tokens t: Int,
        queries: Int,
        _ query: UnsafePointer<Float>,
        _ keyValue: UnsafePointer<Float>,
        of layer: LayerPositions,
        to context: UnsafeMutablePointer<Float>
    ) {
        guard case .relative(let relative) = layer else { preconditionFailure("the layer has rows for distances") }
        let functions = kernels.table.pointee
        let (keys, values, scores) = (memory.keys, memory.values, memory.scores)
        // Distances are from the keys' last place before the first query to the first key before the last query.
        let (least, most) = (row(of: 1 - t), row(of: queries - 1))
        let n = most - least + 1
        let (scoreStride, tableStride) = (AttentionScratch.stride(t), AttentionScratch.stride(n))
        let scale = 1 / Float(3 * headWidth).squareRoot()
        for column in stride(from: 0, to: width, by: headWidth) {
            let key = keyValue + column
            let first = least * width + column
            c4b_pack_f32(kernels.table, t, headWidth, key, 2 * width, 1, keys.start)
            c4b_pack_f32(kernels.table, headWidth, t, key + width, 1, 2 * width, values.start)
            c4b_pack_f32(kernels.table, n, headWidth, relative.queries.start + first, width, 1, table.start)
            functions.gemm_f32(t, n, headWidth, key, 2 * width, table.start, nil, keyScores.start, tableStride)
            c4b_pack_f32(kernels.table, n, headWidth, relative.keys.start + first, width, 1, table.start)
            for block in stride(from: 0, to: queries, by: AttentionScratch.queryBlock) {
                let rows = min(AttentionScratch.queryBlock, queries - block)
                let x = query + block * width + column
                functions.gemm_f32(rows, t, headWidth, x, width, keys.start, nil, scores.start, scoreStride)
                functions.gemm_f32(rows, n, headWidth, x, width, table.start, nil, queryScores.start, tableStride)
                for row in 0..<rows {
                    add(
                        t,
                        query: block + row,
                        least: least,
                        queryScores.start + row * tableStride,
                        tableStride,
                        to: scores.start + row * scoreStride
                    )
                }
                functions.softmax_f32(rows, t, scale, scores.start, scoreStride)
                let output = context + block * width + column
                functions.gemm_f32(rows, headWidth, t, scores.start, scoreStride, values.start, nil, output, width)
            }
        }
    }

    /// Adds to a query's scores with `t` keys those with their distances.
    private func add(
        _ t: Int,
        query: Int,
        least: Int,
        _ ofQuery: UnsafePointer<Float>,
        _ stride: Int,
        to scores: UnsafeMutablePointer<Float>
    ) {
        rows.withUnsafeBufferPointer { rows in
            for key in 0..<t {
                let place = rows[query - key + reach - 1] - least
                scores[key] += ofQuery[place] + keyScores.start[key * stride + place]
            }
        }
    }
}
