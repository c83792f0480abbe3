// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

@Suite struct QuantiseTests {
    /// q `[m, n + 3]` from guard bytes, and what its rows stand for.
    static func quantised(
        _ isa: InstructionSet,
        _ x: [Float],
        least: Float = .infinity,
        m: Int,
        n: Int
    ) -> (bytes: [UInt8], scales: [Float], zeros: [Int32]) {
        var q = [UInt8](repeating: 77, count: m * (n + 3))
        var rows = [c4b_row](repeating: c4b_row(), count: m)
        isa.kernels.pointee.quantise_i8(m, n, x, n, least, &q, n + 3, &rows)
        return (q, rows.map(\.scale), rows.map(\.zero))
    }

    @Test("Bytes and scales are the scalar ones, and nothing else is written", arguments: InstructionSet.here)
    func rows(isa: InstructionSet) {
        var randoms = Randoms(seed: 6)
        for m in [0, 1, 5] {
            for n in [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 384] {
                let x = randoms(m * n).map { $0 * $0 * $0 * 40 }
                for least in [Float.infinity, 0.17] {
                    let bounded = x.map { max($0, -least) }
                    let own = Self.quantised(isa, bounded, least: least, m: m, n: n)
                    let scalar = InstructionSet(name: "scalar")
                    #expect(own == Self.quantised(scalar, bounded, least: least, m: m, n: n), "m = \(m), n = \(n)")
                }
            }
        }
    }

    @Test("A value is within half a step of itself, the greatest is exact", arguments: InstructionSet.here)
    func halfAStep(isa: InstructionSet) {
        var randoms = Randoms(seed: 7)
        let x = randoms(500).map { $0 * 3 } + [3.5]
        let (q, scales, zeros) = Self.quantised(isa, x, m: 1, n: x.count)
        #expect(scales == [3.5 / 127])
        #expect(
            zip(x, q).allSatisfy { abs(($1 == 0 ? .nan : Float($1) - 128) * scales[0] - $0) <= scales[0] * 0.50001 }
        )
        #expect(q[x.count - 1] == 255 && zeros == [128])
    }

    @Test("Where the least value is known the range is used in full", arguments: InstructionSet.here)
    func least(isa: InstructionSet) {
        let (q, scales, zeros) = Self.quantised(isa, [-0.25, 0, 3.5, 1], least: 0.25, m: 1, n: 4)
        #expect(q[..<4] == [1, 18, 255, 86] && scales == [3.75 / 254] && zeros == [18])
        // A row of no greater magnitude than that is symmetric.
        #expect(Self.quantised(isa, [-0.125, 0.0625], least: 0.25, m: 1, n: 2).bytes[..<2] == [1, 192])
    }

    @Test("A half goes to the even neighbour", arguments: InstructionSet.here)
    func halves(isa: InstructionSet) {
        let (q, _, _) = Self.quantised(isa, [127, 0.5, 1.5, -0.5, -1.5, 2.5, -127], m: 1, n: 7)
        #expect(q[..<7] == [255, 128, 130, 128, 126, 130, 1])
    }

    @Test("Zeros have the scale 0; NaN and infinity are the scale of their row alone", arguments: InstructionSet.here)
    func specialValues(isa: InstructionSet) {
        for n in [1, 5, 16, 37] {
            var x = [Float](repeating: 0, count: 5 * n)
            x[n] = .nan
            x[3 * n - 1] = -.infinity
            x[3 * n] = 1e-31
            x[5 * n - 1] = -2
            if n > 1 { x[n + 1] = .infinity }
            let (q, scales, zeros) = Self.quantised(isa, x, m: 5, n: n)
            #expect(scales[0] == 0 && scales[1].isNaN && scales[2] == .infinity && scales[3] == 0)
            #expect(scales[4] == Float(2) / 127)
            #expect(q[..<n].allSatisfy { Int32($0) == zeros[0] })
        }
    }

    @Test("Layer norm with bytes is layer norm, then its bytes", arguments: InstructionSet.here)
    func layerNorm(isa: InstructionSet) {
        var randoms = Randoms(seed: 8)
        let table = isa.kernels.pointee
        for n in [1, 5, 16, 33, 384] {
            let m = 3
            let (x, residual, gain, bias) = (randoms(m * n), randoms(m * n), randoms(n), randoms(n))
            var (y, expected) = (x, x)
            var (q, rows) = ([UInt8](repeating: 77, count: m * (n + 3)), [c4b_row](repeating: c4b_row(), count: m))
            table.layer_norm_i8(m, n, x, residual, gain, bias, 1e-6, &y, &q, n + 3, &rows)
            table.layer_norm_f32(m, n, x, residual, gain, bias, 1e-6, &expected)
            let bytes = Self.quantised(isa, expected, m: m, n: n)
            #expect(y.elementsEqual(expected, by: sameBits))
            #expect(q == bytes.bytes && rows.map(\.scale) == bytes.scales && rows.map(\.zero) == bytes.zeros)
        }
    }
}
