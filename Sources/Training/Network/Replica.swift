// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// One thread's share of a step: its gradients, and the products that make them.
///
/// Each thread adds up the gradients of its own texts; the sums are then added in the order of the threads, so that the
/// same seed and thread count give the same bits.
final class Replica {
    let network: Network
    /// `[layout.words]`: of all parameters but the word embeddings.
    let gradient: FloatBuffer
    /// `[V, C]`: of the word embeddings as a masked LM's decoder.
    let decoderGradient: FloatBuffer?
    /// The ids that went in since the gradients were cleared, and the gradient of each one's embedding, `[T, C]`.
    private(set) var ids: [Int32] = []
    private(set) var embeddingGradients: [Float] = []
    /// dyᵀ, `[outputs, rows]`.
    private let transposed: FloatBuffer
    /// x, packed as a matrix of weights is.
    private let packed: FloatBuffer

    /// Reserves memory for products of up to `capacity` rows, or `decoderRows` for a masked LM's decoder.
    init(network: Network, capacity: Int, decoderRows: Int) {
        self.network = network
        let table = network.kernels.table
        gradient = FloatBuffer(zeros: network.layout.words)
        var (tall, wide) = (0, 0)
        var hasDecoder = false
        for linear in network.linears {
            let isDecoder = linear.place.weight == network.layout.words
            hasDecoder = hasDecoder || isDecoder
            let rows = isDecoder ? decoderRows : capacity
            tall = max(tall, linear.place.outputs * rows)
            wide = max(wide, c4b_packed_floats(table, linear.place.inputs, rows))
        }
        decoderGradient = hasDecoder ? FloatBuffer(zeros: network.layout.count - network.layout.words) : nil
        transposed = FloatBuffer(reserving: tall)
        packed = FloatBuffer(reserving: wide)
    }

    /// Forgets the gradients.
    func clear() {
        gradient.start.update(repeating: 0, count: gradient.count)
        if let decoderGradient { decoderGradient.start.update(repeating: 0, count: decoderGradient.count) }
        ids.removeAll(keepingCapacity: true)
        embeddingGradients.removeAll(keepingCapacity: true)
    }

    /// Where the gradient of the parameter at `index` is.
    func gradient(at index: Int) -> UnsafeMutablePointer<Float> {
        if let decoderGradient, index == network.layout.words { return decoderGradient.start }
        return gradient.start + index
    }

    /// Keeps the gradients of embeddings `[ids.count, C]` for the end of the step.
    func addEmbeddings(_ ids: [Int32], _ gradients: UnsafePointer<Float>) {
        self.ids += ids
        embeddingGradients += UnsafeBufferPointer(start: gradients, count: ids.count * network.architecture.width)
    }

    /// Computes `y[rows, outputs]` from `x[rows, inputs]`, whose rows start every `stride` floats.
    func forward(
        _ linear: PackedLinear,
        rows: Int,
        _ x: UnsafePointer<Float>,
        stride: Int? = nil,
        to y: UnsafeMutablePointer<Float>
    ) {
        let place = linear.place
        network.kernels.table.pointee.gemm_f32(
            rows,
            place.outputs,
            place.inputs,
            x,
            stride ?? place.inputs,
            linear.forward.start,
            network.pointer(place.bias),
            y,
            place.outputs
        )
    }

    /// What becomes of the gradient of a layer's input.
    enum InputGradient {
        case written(UnsafeMutablePointer<Float>)
        case added(UnsafeMutablePointer<Float>)
    }

    /// Adds the gradients of a linear layer's matrix and bias, and hands that of its input on.
    ///
    /// - Parameters:
    ///   - x: the input `[rows, inputs]`, contiguous.
    ///   - dy: the gradient of the output, `[rows, outputs]`.
    func backward(
        _ linear: PackedLinear,
        rows: Int,
        _ x: UnsafePointer<Float>,
        _ dy: UnsafePointer<Float>,
        _ dx: InputGradient
    ) {
        let table = network.kernels.table
        let (n, k) = (linear.place.outputs, linear.place.inputs)
        // dW += dyᵀ · x
        c4b_transpose_f32(rows, n, dy, n, transposed.start, rows)
        c4b_pack_f32(table, k, rows, x, 1, k, packed.start)
        table.pointee.gemm_add_f32(
            n,
            k,
            rows,
            transposed.start,
            rows,
            packed.start,
            gradient(at: linear.place.weight),
            k
        )
        table.pointee.training.pointee.add_rows(rows, n, dy, n, gradient(at: linear.place.bias))
        switch dx {
        case .written(let dx): table.pointee.gemm_f32(rows, k, n, dy, n, linear.backward.start, nil, dx, k)
        case .added(let dx): table.pointee.gemm_add_f32(rows, k, n, dy, n, linear.backward.start, dx, k)
        }
    }

    /// Computes `y[rows, C]` from `z[rows, C]`.
    func forward(
        _ norm: ParameterLayout.NormPlace,
        rows: Int,
        _ z: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) {
        let (width, epsilon) = (network.architecture.width, network.architecture.layerNormEpsilon)
        let (gain, bias) = (network.pointer(norm.gain), network.pointer(norm.bias))
        network.kernels.table.pointee.layer_norm_f32(rows, width, z, nil, gain, bias, epsilon, y)
    }

    /// Adds the gradients of a norm's gain and bias and turns dy into dz in place.
    func backward(
        _ norm: ParameterLayout.NormPlace,
        rows: Int,
        _ z: UnsafePointer<Float>,
        _ dy: UnsafeMutablePointer<Float>
    ) {
        network.kernels.table.pointee.training.pointee.layer_norm_gradient(
            rows,
            network.architecture.width,
            z,
            network.pointer(norm.gain),
            network.architecture.layerNormEpsilon,
            dy,
            dy,
            gradient(at: norm.gain),
            gradient(at: norm.bias)
        )
    }
}
