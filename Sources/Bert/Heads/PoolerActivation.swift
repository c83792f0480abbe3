// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// What stands between a classifier's two linear layers.
package enum PoolerActivation: Sendable {
    case tanh
    case function(Architecture.Activation)

    /// Applies it to `x[count]`, in place.
    package func apply(_ count: Int, _ x: UnsafeMutablePointer<Float>, kernels: Kernels) {
        switch self {
        case .tanh: kernels.table.pointee.tanh_f32(count, x)
        case .function(let function): function.apply(count, x, kernels: kernels)
        }
    }

    /// Multiplies `gradient[count]` by the derivative, where `x[count]` became `values[count]`.
    package func multiplyByDerivative(
        _ count: Int,
        at x: UnsafePointer<Float>,
        _ values: UnsafePointer<Float>,
        _ gradient: UnsafeMutablePointer<Float>,
        kernels: Kernels
    ) {
        switch self {
        case .tanh: for index in 0..<count { gradient[index] *= 1 - values[index] * values[index] }
        case .function(let function): function.multiplyByDerivative(count, at: x, gradient, kernels: kernels)
        }
    }
}
