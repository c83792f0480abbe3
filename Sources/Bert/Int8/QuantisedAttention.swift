// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Multi-head self-attention within one text, in bytes, with the scratch that it needs.
///
/// Legend: t = tokens of the text, C = width.
struct QuantisedAttention: TextAttention {
    let width: Int
    private let heads: Int
    private let kernels: Kernels
    private let scratch: FloatBuffer

    /// Reserves scratch for the longest texts of a model.
    init(_ architecture: Architecture, _ scratch: Scratch, kernels: Kernels) {
        self.kernels = kernels
        width = architecture.width
        heads = architecture.heads
        self.scratch = scratch.floats(c4b_attention_words(architecture.positions, architecture.headWidth))
    }

    func apply(
        tokens t: Int,
        queries: Int,
        _ query: UnsafePointer<Float>,
        _ keyValue: UnsafePointer<Float>,
        of layer: LayerPositions,
        to context: UnsafeMutablePointer<Float>
    ) {
        scratch.start.withMemoryRebound(to: UInt32.self, capacity: scratch.count) { scratch in
            let table = kernels.table.pointee
            table.attention_i8(
                table.attention_limit,
                t,
                queries,
                heads,
                width / heads,
                query,
                width,
                keyValue,
                2 * width,
                scratch,
                context,
                width
            )
        }
    }
}
