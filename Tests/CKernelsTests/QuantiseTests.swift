// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

@Suite struct QuantiseTests {
    /// q `[m, n + 3]` from guard bytes, and what its rows stand for.
    static func quantised(
        _ isa: InstructionSet,
        _ x: [Float],
        columns: [Float]? = nil,
        m: Int,
        n: Int,
        steps: Int32 = 253
    ) -> (bytes: [UInt8], scales: [Float], zeros: [Int32]) {
        var q = [UInt8](repeating: 77, count: m * (n + 3))
        var rows = [c4b_row](repeating: c4b_row(), count: m)
        if let columns {
            isa.kernels.pointee.quantise_i8(m, n, steps, x, n, columns, &q, n + 3, &rows)
        } else {
            isa.kernels.pointee.quantise_i8(m, n, steps, x, n, nil, &q, n + 3, &rows)
        }
        return (q, rows.map(\.scale), rows.map(\.zero))
    }

    @Test("Bytes and scales are the scalar ones, and nothing else is written", arguments: InstructionSet.here)
    func rows(isa: InstructionSet) {
        var randoms = Randoms(seed: 6)
        for m in [0, 1, 5] {
            for n in [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 384] {
                let x = randoms(m * n).map { $0 * $0 * $0 * 40 }
                for (columns, steps) in [(nil, 253), (randoms(n), 253), (randoms(n), isa.format.steps)] {
                    let own = Self.quantised(isa, x, columns: columns, m: m, n: n, steps: steps)
                    let scalar = InstructionSet(name: "scalar")
                    let expected = Self.quantised(scalar, x, columns: columns, m: m, n: n, steps: steps)
                    #expect(own == expected, "m = \(m), n = \(n)")
                }
            }
        }
    }

    @Test("A value is within half a step of itself, and zero is exact", arguments: InstructionSet.here)
    func halfAStep(isa: InstructionSet) {
        var randoms = Randoms(seed: 7)
        let x = randoms(500).map { $0 * 3 } + [3.5, 0]
        let (q, scales, zeros) = Self.quantised(isa, x, m: 1, n: x.count)
        let least = x.min() ?? 0
        #expect(scales == [(3.5 - least) / 253])
        #expect(
            zip(x, q).allSatisfy { value, byte in
                byte > 0 && abs((Float(byte) - Float(zeros[0])) * scales[0] - value) <= scales[0] * 0.5001
            }
        )
        #expect(Int32(q[x.count - 1]) == zeros[0])
    }

    @Test("The range is used in full, on one side of zero too", arguments: InstructionSet.here)
    func fullRange(isa: InstructionSet) {
        let (q, scales, zeros) = Self.quantised(isa, [-0.25, 0, 3.5, 1], m: 1, n: 4)
        #expect(q[..<4] == [1, 18, 254, 85] && scales == [3.75 / 253] && zeros == [18])
        let negative = Self.quantised(isa, [-2, -1], m: 1, n: 2)
        #expect(negative.bytes[..<2] == [1, 128] && negative.scales == [2 / 253] && negative.zeros == [254])
        #expect(Self.quantised(isa, [2, 1], m: 1, n: 2).bytes[..<2] == [254, 127])
    }

    @Test("Columns are scaled first", arguments: InstructionSet.here)
    func columns(isa: InstructionSet) {
        let scaled = Self.quantised(isa, [8, 3, -1], columns: [0.25, 1, 2], m: 1, n: 3)
        let plain = Self.quantised(isa, [2, 3, -2], m: 1, n: 3)
        #expect(scaled == plain)
    }

    @Test("A half goes to the even neighbour", arguments: InstructionSet.here)
    func halves(isa: InstructionSet) {
        let (q, _, _) = Self.quantised(isa, [127, 0.5, 1.5, -0.5, -1.5, 2.5, -126], m: 1, n: 7)
        #expect(q[..<7] == [254, 127, 129, 127, 125, 129, 1])
    }

    @Test("No range leaves the bytes of the format", arguments: InstructionSet.here)
    func noOverflow(isa: InstructionSet) {
        var randoms = Randoms(seed: 9)
        for (above, below) in zip(randoms(20_000), randoms(20_000)) {
            let x = [abs(above), -abs(below)]
            let (q, _, _) = Self.quantised(isa, x, m: 1, n: 2, steps: isa.format.steps)
            #expect(isa.bytes.contains(q[0]) && q[1] == 1 && (q[0] > 1 || above == 0))
        }
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
            #expect(scales[4] == Float(2) / 253)
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
            let columns = randoms(n)
            var (y, expected) = (x, x)
            var (q, rows) = ([UInt8](repeating: 77, count: m * (n + 3)), [c4b_row](repeating: c4b_row(), count: m))
            table.layer_norm_i8(m, n, x, residual, gain, bias, 1e-6, &y, 253, columns, &q, n + 3, &rows)
            table.layer_norm_f32(m, n, x, residual, gain, bias, 1e-6, &expected)
            let bytes = Self.quantised(isa, expected, columns: columns, m: m, n: n)
            #expect(y.elementsEqual(expected, by: sameBits))
            #expect(q == bytes.bytes && rows.map(\.scale) == bytes.scales && rows.map(\.zero) == bytes.zeros)
        }
    }
}
