// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// The memory of attention in f32 within one text, head by head.
///
/// Legend: t = tokens of the text, D = width of a head.
struct AttentionScratch {
    /// Queries that are scored together: the whole `[t, t]` of a long text would leave the cache.
    static let queryBlock = 64
    /// Packed, of one head.
    let keys: FloatBuffer
    let values: FloatBuffer
    /// `[queryBlock, t]`, rows `stride(t)` apart.
    let scores: FloatBuffer

    /// Reserves it for the longest texts of a model.
    init(_ architecture: Architecture, _ scratch: Scratch, kernels: Kernels) {
        let (longest, headWidth) = (architecture.positions, architecture.headWidth)
        keys = scratch.floats(c4b_packed_floats(kernels.table, longest, headWidth))
        values = scratch.floats(c4b_packed_floats(kernels.table, headWidth, longest))
        scores = scratch.floats(Self.queryBlock * Self.stride(longest))
    }

    /// Floats from one row of scores to the next: whole cache lines, so that the masked store that ends a row does not
    /// hold up the load that begins the next.
    static func stride(_ count: Int) -> Int { (count + 15) & ~15 }
}
