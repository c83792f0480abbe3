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
    /// `[V, E]`: of the word embeddings as a masked LM's decoder.
    let decoderGradient: FloatBuffer?
    /// The ids that went in since the gradients were cleared, and the gradient of each one's embedding, `[T, E]`.
    private(set) var ids: [Int32] = []
    private(set) var embeddingGradients: [Float] = []
    private let products: MatrixProducts

    /// Reserves memory for products of up to `capacity` rows, or `decoderRows` for a masked LM's decoder.
    init(network: Network, capacity: Int, decoderRows: Int) {
        self.network = network
        gradient = FloatBuffer(zeros: network.layout.words)
        let isDecoder = { (linear: PackedLinear) in linear.place.weight == network.layout.words }
        products = MatrixProducts(
            network.linears.map { ($0.place, isDecoder($0) ? decoderRows : capacity) },
            arithmetic: network.arithmetic
        )
        decoderGradient =
            network.linears.contains(where: isDecoder)
            ? FloatBuffer(zeros: network.layout.count - network.layout.words) : nil
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

    /// Keeps the gradients of embeddings `[ids.count, E]` for the end of the step.
    func addEmbeddings(_ ids: [Int32], _ gradients: UnsafePointer<Float>) {
        self.ids += ids
        embeddingGradients += UnsafeBufferPointer(
            start: gradients,
            count: ids.count * network.architecture.embeddingWidth
        )
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
        products.multiply(
            rows: rows,
            place.outputs,
            place.inputs,
            x,
            stride: stride ?? place.inputs,
            by: linear.forward,
            bias: network.pointer(place.bias),
            to: y
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
        let (n, k) = (linear.place.outputs, linear.place.inputs)
        products.addWeightGradient(rows: rows, n, k, dy, x, to: gradient(at: linear.place.weight))
        let training = network.kernels.table.pointee.training.pointee
        training.add_rows(rows, n, dy, n, gradient(at: linear.place.bias))
        let (target, adds) =
            switch dx {
            case .written(let dx): (dx, false)
            case .added(let dx): (dx, true)
            }
        products.multiply(rows: rows, k, n, dy, stride: n, by: linear.backward, adds: adds, to: target)
    }

    /// Computes `y[rows, width]` from `z[rows, width]`.
    func forward(
        _ norm: ParameterLayout.NormPlace,
        rows: Int,
        _ z: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) {
        let (width, epsilon) = (norm.width, network.architecture.layerNormEpsilon)
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
            norm.width,
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
