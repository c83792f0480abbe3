// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// Memory for the matrices of one head of one text, and one of them packed for a product. Belongs to one thread.
///
/// Legend: t = tokens of the text, D = width of a head. A row of a `[t, t]` matrix starts every `stride(t)` floats.
struct HeadMatrices {
    let headWidth: Int
    /// `[t, D]` or `[D, t]`, as `pack` left it.
    let packed: FloatBuffer
    private let kernels: Kernels
    private let longest: Int

    /// - Parameter longest: the most tokens of a text.
    init(_ network: Network, longest: Int) {
        kernels = network.kernels
        headWidth = network.architecture.headWidth
        self.longest = longest
        packed = FloatBuffer(
            reserving: max(
                c4b_packed_floats(kernels.table, longest, headWidth),
                c4b_packed_floats(kernels.table, headWidth, longest)
            )
        )
    }

    /// Whole cache lines, which softmax likes.
    static func stride(_ t: Int) -> Int { (t + 15) & ~15 }

    /// Memory for a `[t, t]`.
    func square() -> FloatBuffer { FloatBuffer(reserving: longest * Self.stride(longest)) }

    /// Packs the transposed right side of a product, `[n, k]`.
    func pack(_ n: Int, _ k: Int, _ from: UnsafePointer<Float>, _ rowStride: Int, _ columnStride: Int) {
        c4b_pack_f32(kernels.table, n, k, from, rowStride, columnStride, packed.start)
    }
}
