// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Multi-head self-attention within one text, whose queries and keys are turned by their positions, over all of it or over
/// each query's neighbourhood.
///
/// Legend: t = tokens of the text, C = width, H = heads, D = C / H.
struct RotaryAttention: TextAttention {
    let width: Int
    private let headWidth: Int
    private let kernels: Kernels
    /// `[t, D]` and `[queryBlock, D]`: of one head, turned.
    private let turnedKeys: FloatBuffer
    private let turnedQueries: FloatBuffer
    private let memory: AttentionScratch
    /// The score of a key that is too far away: its share is nothing.
    private static let hidden: Float = -1e30

    /// Reserves scratch for the longest texts of a model.
    init(_ architecture: Architecture, _ scratch: Scratch, kernels: Kernels) {
        self.kernels = kernels
        width = architecture.width
        headWidth = architecture.headWidth
        let longest = architecture.positions
        turnedKeys = scratch.floats(longest * headWidth)
        turnedQueries = scratch.floats(AttentionScratch.queryBlock * headWidth)
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
        guard case .rotary(let rotation, let limit) = layer else { preconditionFailure("the layer turns its queries") }
        let functions = kernels.table.pointee
        let scores = memory.scores
        let reach = limit ?? t
        let scale = 1 / Float(headWidth).squareRoot()
        for column in stride(from: 0, to: width, by: headWidth) {
            for token in 0..<t {
                rotation.turn(
                    keyValue + token * 2 * width + column,
                    at: token,
                    to: turnedKeys.start + token * headWidth
                )
            }
            var packed = 0..<0
            for first in stride(from: 0, to: queries, by: AttentionScratch.queryBlock) {
                let rows = min(AttentionScratch.queryBlock, queries - first)
                let near = max(first - reach, 0)..<min(first + rows + reach, t)
                let count = near.count
                if near != packed {
                    pack(near, keyValue + column + width)
                    packed = near
                }
                for row in 0..<rows {
                    let x = query + (first + row) * width + column
                    rotation.turn(x, at: first + row, to: turnedQueries.start + row * headWidth)
                }
                let (x, scoreStride) = (turnedQueries.start, AttentionScratch.stride(count))
                functions.gemm_f32(
                    rows,
                    count,
                    headWidth,
                    x,
                    headWidth,
                    memory.keys.start,
                    nil,
                    scores.start,
                    scoreStride
                )
                for row in 0..<rows { hide(first + row, reach, near, scores.start + row * scoreStride) }
                functions.softmax_f32(rows, count, scale, scores.start, scoreStride)
                let output = context + first * width + column
                functions.gemm_f32(
                    rows,
                    headWidth,
                    count,
                    scores.start,
                    scoreStride,
                    memory.values.start,
                    nil,
                    output,
                    width
                )
            }
        }
    }

    /// Packs some of the keys, which are turned, and their values.
    private func pack(_ near: Range<Int>, _ value: UnsafePointer<Float>) {
        let (first, count) = (near.lowerBound, near.count)
        c4b_pack_f32(
            kernels.table,
            count,
            headWidth,
            turnedKeys.start + first * headWidth,
            headWidth,
            1,
            memory.keys.start
        )
        c4b_pack_f32(kernels.table, headWidth, count, value + first * 2 * width, 1, 2 * width, memory.values.start)
    }

    /// Hides the keys in `near` that are out of a query's reach.
    private func hide(_ query: Int, _ reach: Int, _ near: Range<Int>, _ scores: UnsafeMutablePointer<Float>) {
        for key in near.lowerBound..<max(query - reach, near.lowerBound) { scores[key - near.lowerBound] = Self.hidden }
        let end = min(query + reach + 1, near.upperBound)
        for key in end..<near.upperBound { scores[key - near.lowerBound] = Self.hidden }
    }
}
