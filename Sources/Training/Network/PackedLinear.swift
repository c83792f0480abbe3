// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// A linear layer's matrix, packed for both directions. To be packed anew whenever the parameters change.
///
/// Threads read it while they compute and none writes; packing happens between steps.
final class PackedLinear: @unchecked Sendable {
    let place: ParameterLayout.LinearPlace
    /// For y = x · Wᵀ.
    let forward: FloatBuffer
    /// For dx = dy · W.
    let backward: FloatBuffer
    private let arithmetic: Arithmetic

    init(_ place: ParameterLayout.LinearPlace, arithmetic: Arithmetic) {
        self.place = place
        self.arithmetic = arithmetic
        forward = FloatBuffer(reserving: arithmetic.packedFloats(place.outputs, place.inputs))
        backward = FloatBuffer(reserving: arithmetic.packedFloats(place.inputs, place.outputs))
    }

    func pack(_ parameters: UnsafePointer<Float>) {
        let weight = parameters + place.weight
        arithmetic.pack(place.outputs, place.inputs, weight, to: forward)
        arithmetic.packTransposed(place.inputs, place.outputs, weight, to: backward)
    }
}
