// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// Multi-head self-attention within each text of a chunk, there and back.
///
/// Legend: t = tokens of one text. Rows of weights start as those of `HeadMatrices`.
final class AttentionTape {
    private let replica: Replica
    private let network: Network
    private let width: Int
    private var headWidth: Int { matrices.headWidth }
    private let scale: Float
    private let matrices: HeadMatrices
    /// `[t, t]`: the weights after dropout, and a gradient of weights.
    private let dropped: FloatBuffer
    private let gradient: FloatBuffer
    /// `[t, t]`: a transposed matrix.
    private let transposed: FloatBuffer
    /// `[2t - 1]`: the gradient of one head's bias by distance.
    private let byDistance: FloatBuffer

    init(replica: Replica, longest: Int) {
        let architecture = replica.network.architecture
        self.replica = replica
        network = replica.network
        width = architecture.width
        matrices = HeadMatrices(replica.network, longest: longest)
        scale = 1 / Float(architecture.headWidth).squareRoot()
        dropped = matrices.square()
        gradient = matrices.square()
        transposed = matrices.square()
        byDistance = FloatBuffer(reserving: 2 * longest)
    }

    /// Floats that the weights of a chunk take at most.
    static func weightCount(tokens: Int, longest: Int, heads: Int) -> Int {
        tokens * HeadMatrices.stride(longest) * heads
    }

    /// The bias on the scores of a chunk's texts, times √D, in families that have one.
    func bias(for chunk: Chunk) -> RelativeBias? {
        network.layout.relativeBias.map { table in
            RelativeBias(
                table: network.pointer(table),
                heads: network.architecture.heads,
                reach: chunk.texts.indices.map(chunk.tokens.length).max() ?? 1,
                factor: 1 / scale
            )
        }
    }

    /// Computes `context[T, C]` from `qkv[T, 3C]` and keeps softmax's results in `weights`.
    func forward(
        _ chunk: Chunk,
        qkv: UnsafePointer<Float>,
        bias: RelativeBias?,
        weights: UnsafeMutablePointer<Float>,
        to context: UnsafeMutablePointer<Float>,
        dropout key: UInt32?
    ) {
        let table = network.kernels.table.pointee
        forEachHead(chunk) { head in
            let (t, stride) = (head.tokens, HeadMatrices.stride(head.tokens))
            let query = qkv + head.row * 3 * width + head.column
            let weights = weights + head.weights
            matrices.pack(t, headWidth, query + width, 3 * width, 1)
            table.gemm_f32(t, t, headWidth, query, 3 * width, matrices.packed.start, nil, weights, stride)
            if let bias {
                for row in 0..<t {
                    let biases = bias.row(head: head.number, query: row)
                    table.training.pointee.add(t, biases, weights + row * stride)
                }
            }
            table.softmax_f32(t, t, scale, weights, stride)
            let used = drop(head, key, weights, to: dropped.start)
            matrices.pack(headWidth, t, query + 2 * width, 1, 3 * width)
            let output = context + head.row * width + head.column
            table.gemm_f32(t, headWidth, t, used, stride, matrices.packed.start, nil, output, width)
        }
    }

    /// Computes the gradient of `qkv[T, 3C]` from that of the context, `[T, C]`, and adds that of the bias.
    func backward(
        _ chunk: Chunk,
        qkv: UnsafePointer<Float>,
        weights: UnsafePointer<Float>,
        dContext: UnsafePointer<Float>,
        to dQKV: UnsafeMutablePointer<Float>,
        dropout key: UInt32?
    ) {
        let table = network.kernels.table.pointee
        forEachHead(chunk) { head in
            let (t, stride) = (head.tokens, HeadMatrices.stride(head.tokens))
            let query = qkv + head.row * 3 * width + head.column
            let dQuery = dQKV + head.row * 3 * width + head.column
            let dOutput = dContext + head.row * width + head.column
            let weights = weights + head.weights
            // dV = Pᵀ · dO, with P as dropout left it.
            let used = drop(head, key, weights, to: dropped.start)
            c4b_transpose_f32(t, t, used, stride, transposed.start, stride)
            matrices.pack(headWidth, t, dOutput, 1, width)
            table.gemm_f32(
                t,
                headWidth,
                t,
                transposed.start,
                stride,
                matrices.packed.start,
                nil,
                dQuery + 2 * width,
                3 * width
            )
            // dP = dO · Vᵀ, then through dropout and softmax to the scores.
            matrices.pack(t, headWidth, query + 2 * width, 3 * width, 1)
            table.gemm_f32(t, t, headWidth, dOutput, width, matrices.packed.start, nil, gradient.start, stride)
            _ = drop(head, key, gradient.start, to: gradient.start)
            table.training.pointee.softmax_gradient(t, t, scale, weights, stride, gradient.start, stride)
            addBiasGradient(head)
            // dQ = dS · K, dK = dSᵀ · Q.
            matrices.pack(headWidth, t, query + width, 1, 3 * width)
            table.gemm_f32(t, headWidth, t, gradient.start, stride, matrices.packed.start, nil, dQuery, 3 * width)
            c4b_transpose_f32(t, t, gradient.start, stride, transposed.start, stride)
            matrices.pack(headWidth, t, query, 1, 3 * width)
            table.gemm_f32(
                t,
                headWidth,
                t,
                transposed.start,
                stride,
                matrices.packed.start,
                nil,
                dQuery + width,
                3 * width
            )
        }
    }

    /// Adds the gradient of one head's bias: that of its scores `[t, t]`, summed along the diagonals and then by bucket.
    private func addBiasGradient(_ head: Head) {
        guard let place = network.layout.relativeBias else { return }
        let (t, heads) = (head.tokens, network.architecture.heads)
        let training = network.kernels.table.pointee.training.pointee
        let sums = byDistance.start
        sums.update(repeating: 0, count: 2 * t - 1)
        for row in 0..<t { training.add(t, gradient.start + row * HeadMatrices.stride(t), sums + t - 1 - row) }
        let table = replica.gradient(at: place) + head.number
        for column in 0..<2 * t - 1 { table[RelativeBias.bucket(of: column - (t - 1)) * heads] += sums[column] / scale }
    }

    /// One head of one text.
    private struct Head {
        let tokens: Int
        /// Its first row in the chunk, and in the batch.
        let row: Int
        let batchRow: Int
        let number: Int
        /// Its first column of C.
        let column: Int
        /// Where its weights begin.
        let weights: Int
    }

    private func forEachHead(_ chunk: Chunk, _ body: (Head) -> Void) {
        var place = 0
        for text in chunk.texts.indices {
            let t = chunk.tokens.length(of: text)
            for number in 0..<width / headWidth {
                body(
                    Head(
                        tokens: t,
                        row: chunk.tokens.starts[text],
                        batchRow: chunk.firstRows[text],
                        number: number,
                        column: number * headWidth,
                        weights: place
                    )
                )
                place += t * HeadMatrices.stride(t)
            }
        }
    }

    /// Drops elements of a head's `[t, t]`; returns x where nothing is dropped.
    private func drop(
        _ head: Head,
        _ key: UInt32?,
        _ x: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        guard let key, network.dropout.attention > 0 else { return x }
        let training = network.kernels.table.pointee.training.pointee
        // Enough numbers for each head of each token, with every one of a row's weights.
        let heads = width / headWidth
        let reach = HeadMatrices.stride(network.architecture.positions)
        for query in 0..<head.tokens {
            let number = ((head.batchRow + query) * heads + head.number) * reach
            let start = query * HeadMatrices.stride(head.tokens)
            training.dropout(
                head.tokens,
                network.dropout.attention,
                key,
                UInt32(truncatingIfNeeded: number),
                x + start,
                y + start
            )
        }
        return UnsafePointer(y)
    }
}
