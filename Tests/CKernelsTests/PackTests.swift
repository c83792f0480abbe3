// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

@Suite struct PackTests {
    @Test("Panels hold the rows of w side by side, zeros past the last", arguments: InstructionSet.here)
    func layout(isa: InstructionSet) {
        let panel = isa.kernels.pointee.panel_f32
        for n in [0, 1, panel - 1, panel, panel + 1, 2 * panel + 3] {
            for k in [0, 1, 5] {
                // Element (i, j) of w names its place; its rows are a float apart more than they need.
                let w = (0..<n * (k + 1)).map { Float($0 / (k + 1) * 10 + $0 % (k + 1) + 1) }
                let count = c4b_packed_floats(isa.kernels, n, k)
                #expect(count == (n + panel - 1) / panel * panel * k)
                var packed = [Float](repeating: -1, count: count + 1)
                c4b_pack_f32(isa.kernels, n, k, w, k + 1, 1, &packed)
                let expected = (0..<count).map { place in
                    let i = place / (panel * k) * panel + place % panel
                    let j = place / panel % k
                    return i < n ? Float(i * 10 + j + 1) : 0
                }
                #expect(packed == expected + [-1])
            }
        }
    }

    @Test("A transposed matrix packs like its transpose", arguments: InstructionSet.here)
    func transposed(isa: InstructionSet) {
        let (n, k) = (isa.kernels.pointee.panel_f32 + 5, 7)
        var randoms = Randoms(seed: 1)
        let w = randoms(n * k)
        let turned = (0..<k * n).map { w[$0 % n * k + $0 / n] }
        var packed = [Float](repeating: .nan, count: c4b_packed_floats(isa.kernels, n, k))
        c4b_pack_f32(isa.kernels, n, k, turned, 1, n, &packed)
        #expect(packed == isa.packed(w, n: n, k: k))
    }
}
