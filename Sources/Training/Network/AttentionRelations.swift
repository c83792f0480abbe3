// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// Teaches how the tokens of a text relate to each other in the last block: for each of queries, keys and values A, and
/// each head, the divergence between softmax(A · Aᵀ / √D) of the teacher and that of the student. The self-attention
/// relations of MiniLMv2 (Wang et al., 2021, arXiv:2012.15828), with the student's heads for both.
///
/// Legend: t = tokens of one text. Rows of relations start as those of `HeadMatrices`.
final class AttentionRelations {
    private let network: Network
    private let width: Int
    private var headWidth: Int { matrices.headWidth }
    private let matrices: HeadMatrices
    /// `[t, t]`: the student's, the teacher's, the gradient by the student's, and that transposed.
    private let own: FloatBuffer
    private let theirs: FloatBuffer
    private let gradient: FloatBuffer
    private let transposed: FloatBuffer

    init(_ network: Network, longest: Int) {
        self.network = network
        width = network.architecture.width
        matrices = HeadMatrices(network, longest: longest)
        own = matrices.square()
        theirs = matrices.square()
        gradient = matrices.square()
        transposed = matrices.square()
    }

    /// The divergences of a chunk, summed over its tokens, the mean of its heads, and summed over queries, keys and values.
    ///
    /// - Parameters:
    ///   - student: `[T, 3C]`.
    ///   - weight: what a token's divergence weighs in the loss.
    ///   - gradient: where the loss's gradient by `student` goes, `[T, 3C]`.
    func divergence(
        _ chunk: Chunk,
        _ student: UnsafePointer<Float>,
        _ teacher: MaskedLanguageModel.LastBlock,
        weight: Float,
        to gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let heads = width / headWidth
        let sources = [
            (rows: teacher.queries, stride: width), (rows: teacher.keysAndValues, stride: 2 * width),
            (rows: teacher.keysAndValues + width, stride: 2 * width),
        ]
        var sum = 0.0
        for text in chunk.texts.indices {
            let (t, first) = (chunk.tokens.length(of: text), chunk.tokens.starts[text])
            for (kind, source) in sources.enumerated() {
                for column in stride(from: 0, to: width, by: headWidth) {
                    let place = first * 3 * width + kind * width + column
                    relate(t, student + place, 3 * width, to: own.start)
                    relate(t, source.rows + first * source.stride + column, source.stride, to: theirs.start)
                    sum += compare(t, weight / Float(heads))
                    propagate(t, student + place, to: gradient + place)
                }
            }
        }
        return sum / Double(heads)
    }

    /// `[t, t]`: A · Aᵀ of one head's `a[t, D]`.
    private func relate(_ t: Int, _ a: UnsafePointer<Float>, _ stride: Int, to relations: UnsafeMutablePointer<Float>) {
        matrices.pack(t, headWidth, a, stride, 1)
        network.kernels.table.pointee.gemm_f32(
            t,
            t,
            headWidth,
            a,
            stride,
            matrices.packed.start,
            nil,
            relations,
            HeadMatrices.stride(t)
        )
    }

    /// The sum of the rows' divergences; writes the gradient by the student's relations.
    private func compare(_ t: Int, _ weight: Float) -> Double {
        let training = network.kernels.table.pointee.training.pointee
        let scale = 1 / Float(headWidth).squareRoot()
        var sum = 0.0
        for row in 0..<t {
            let place = row * HeadMatrices.stride(t)
            let d = gradient.start + place
            d.update(repeating: 0, count: t)
            sum += Double(training.divergence(t, scale, own.start + place, theirs.start + place, weight * scale, d))
        }
        return sum
    }

    /// dA = (dS + dSᵀ) · A, for S = A · Aᵀ.
    private func propagate(_ t: Int, _ a: UnsafePointer<Float>, to da: UnsafeMutablePointer<Float>) {
        let table = network.kernels.table
        let stride = HeadMatrices.stride(t)
        c4b_transpose_f32(t, t, gradient.start, stride, transposed.start, stride)
        for row in 0..<t {
            table.pointee.training.pointee.add(t, transposed.start + row * stride, gradient.start + row * stride)
        }
        matrices.pack(headWidth, t, a, 1, 3 * width)
        table.pointee.gemm_f32(t, headWidth, t, gradient.start, stride, matrices.packed.start, nil, da, 3 * width)
    }
}
