// SPDX-License-Identifier: Apache-2.0
internal import CKernels

extension Architecture {
    /// The non-linear function of the feed-forward layers; raw values as in `config.json`.
    public enum Activation: String, Sendable, CaseIterable {
        /// x · Φ(x) with the exact normal distribution.
        case gelu
        /// Its approximation by tanh (Hendrycks and Gimpel, 2016), as TensorFlow's BERT wrote it.
        case geluNew = "gelu_new"
        /// The same under PyTorch's name.
        case geluTanh = "gelu_pytorch_tanh"
        /// max(x, 0).
        case relu
        /// x / (1 + exp(-x)).
        case silu

        /// Applies it to `x[count]`, in place.
        package func apply(_ count: Int, _ x: UnsafeMutablePointer<Float>, kernels: Kernels) {
            let table = kernels.table.pointee
            switch self {
            case .gelu: table.gelu_f32(count, x)
            case .geluNew, .geluTanh: table.gelu_tanh_f32(count, x)
            case .relu: table.relu_f32(count, x)
            case .silu: table.silu_f32(count, x)
            }
        }

        /// Applies it to the first half of each row of `x[rows, 2 · width]` and multiplies that by the second:
        /// `[rows, width]`, in place.
        func applyGated(rows: Int, width: Int, _ x: UnsafeMutablePointer<Float>, kernels: Kernels) {
            for row in 0..<rows {
                let (from, to) = (x + row * 2 * width, x + row * width)
                apply(width, from, kernels: kernels)
                // What is written never lies behind what is still to be read.
                for column in 0..<width { to[column] = from[column] * from[column + width] }
            }
        }

        /// Multiplies `gradient[count]` by the derivative at what went in, `x[count]`.
        package func multiplyByDerivative(
            _ count: Int,
            at x: UnsafePointer<Float>,
            _ gradient: UnsafeMutablePointer<Float>,
            kernels: Kernels
        ) {
            let training = kernels.table.pointee.training.pointee
            switch self {
            case .gelu: training.gelu_gradient(count, x, gradient)
            case .geluNew, .geluTanh: training.gelu_tanh_gradient(count, x, gradient)
            case .relu: training.relu_gradient(count, x, gradient)
            case .silu: training.silu_gradient(count, x, gradient)
            }
        }
    }
}
