// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import CKernels

/// A linear layer's matrix, packed for both directions. To be packed anew whenever the parameters change.
///
/// Threads read it while they compute and none writes; packing happens between steps.
final class PackedLinear: @unchecked Sendable {
    let place: ParameterLayout.LinearPlace
    /// For y = x · Wᵀ.
    let forward: FloatBuffer
    /// For dx = dy · W.
    let backward: FloatBuffer
    private let kernels: Kernels

    init(_ place: ParameterLayout.LinearPlace, kernels: Kernels) {
        self.place = place
        self.kernels = kernels
        forward = FloatBuffer(reserving: c4b_packed_floats(kernels.table, place.outputs, place.inputs))
        backward = FloatBuffer(reserving: c4b_packed_floats(kernels.table, place.inputs, place.outputs))
    }

    func pack(_ parameters: UnsafePointer<Float>) {
        let weight = parameters + place.weight
        let (n, k) = (place.outputs, place.inputs)
        c4b_pack_f32(kernels.table, n, k, weight, k, 1, forward.start)
        c4b_pack_f32(kernels.table, k, n, weight, 1, k, backward.start)
    }
}
