// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// What stands between a classifier's two linear layers.
package enum PoolerActivation: Sendable {
    case tanh
    case relu

    /// Applies it to `x[count]`, in place.
    package func apply(_ count: Int, _ x: UnsafeMutablePointer<Float>, kernels: Kernels) {
        switch self {
        case .tanh: kernels.table.pointee.tanh_f32(count, x)
        case .relu: for index in 0..<count { x[index] = max(x[index], 0) }
        }
    }

    /// Multiplies `gradient[count]` by the derivative, at what `apply` gave.
    package func multiplyByDerivative(
        _ count: Int,
        at values: UnsafePointer<Float>,
        _ gradient: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .tanh: for index in 0..<count { gradient[index] *= 1 - values[index] * values[index] }
        case .relu: for index in 0..<count { gradient[index] *= values[index] > 0 ? 1 : 0 }
        }
    }
}
