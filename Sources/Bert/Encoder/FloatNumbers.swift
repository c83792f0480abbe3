// SPDX-License-Identifier: Apache-2.0

/// f32 throughout: rows are multiplied as they are.
struct FloatNumbers: BlockNumbers {
    private let width: Int
    private let activation: Architecture.Activation
    private let kernels: Kernels
    private let isGated: Bool
    /// `[feedForwardRows, F]`, or twice as wide where it is gated.
    private let intermediate: FloatBuffer

    /// Enough rows that the weights, read once a chunk, cost little beside the arithmetic.
    static let chunkTokens = 1024
    let feedForwardRows = 96

    init(_ architecture: Architecture, tokens: Int, _ scratch: Scratch, kernels: Kernels) {
        self.kernels = kernels
        width = architecture.width
        activation = architecture.activation
        isGated = architecture.encoder.isGated
        intermediate = scratch.floats(feedForwardRows * architecture.feedForwardWidth * (isGated ? 2 : 1))
    }

    static func attention(
        _ architecture: Architecture,
        bias: RelativeBias?,
        _ scratch: Scratch,
        kernels: Kernels
    ) -> any TextAttention {
        switch architecture.encoder.attention {
        case .plain: Attention(architecture, bias: bias, scratch, kernels: kernels)
        case .disentangled(let plan): DisentangledAttention(architecture, plan, scratch, kernels: kernels)
        case .rotary: RotaryAttention(architecture, scratch, kernels: kernels)
        }
    }

    func prepare(rows: Int, _ x: UnsafePointer<Float>, for layer: Linear?) {}

    func multiply(_ layer: Linear, rows: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
        layer.apply(rows: rows, x, stride: width, to: y)
    }

    func feedForward(
        _ layer: Layer<Linear>,
        from row: Int,
        rows: Int,
        _ x: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) {
        layer.intermediate.apply(rows: rows, x, stride: width, to: intermediate.start)
        if isGated {
            activation.applyGated(rows: rows, width: layer.output.inputs, intermediate.start, kernels: kernels)
        } else {
            activation.apply(rows * layer.intermediate.outputs, intermediate.start, kernels: kernels)
        }
        layer.output.apply(rows: rows, intermediate.start, stride: layer.output.inputs, to: y)
    }

    func normalise(
        _ norm: LayerNorm,
        from row: Int,
        rows: Int,
        _ update: UnsafePointer<Float>,
        to x: UnsafeMutablePointer<Float>,
        for layer: Linear?
    ) {
        norm.apply(rows: rows, update, residual: x, to: x)
    }
}
