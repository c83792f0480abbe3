// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

@Suite struct LayerNormTests {
    static let widths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 100, 384]

    static func reference(_ z: [Double], _ gain: [Float], _ bias: [Float], _ epsilon: Float) -> [Double] {
        let count = Double(z.count)
        let mean = z.reduce(0, +) / count
        let variance = z.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let scale = 1 / (variance + Double(epsilon)).squareRoot()
        return z.indices.map { (z[$0] - mean) * scale * Double(gain[$0]) + Double(bias[$0]) }
    }

    @Test(
        "Rows are those of double precision, with and without a residual, far from zero too",
        arguments: InstructionSet.here
    )
    func rows(isa: InstructionSet) {
        var randoms = Randoms(seed: 7)
        let (m, epsilon) = (3, Float(1e-12))
        for n in Self.widths {
            // An offset of 1000 leaves 13 bits of each value: the two-pass variance keeps them, the other would not.
            for offset: Float in [0, 1000] {
                let x = randoms(m * n).map { $0 + offset }
                let residual = randoms(m * n)
                let (gain, bias) = (randoms(n), randoms(n))
                for added in [false, true] {
                    var y = [Float](repeating: 12345.5, count: m * n + 8)
                    isa.kernels.pointee.layer_norm_f32(m, n, x, added ? residual : nil, gain, bias, epsilon, &y)
                    for i in 0..<m where n > 2 {
                        let row = i * n..<(i + 1) * n
                        let z = row.map { Double(added ? x[$0] + residual[$0] : x[$0]) }
                        let bound = offset == 0 ? 1e-5 : 3e-3
                        let good = zip(y[row], Self.reference(z, gain, bias, epsilon)).allSatisfy {
                            abs(Double($0) - $1) <= bound
                        }
                        #expect(good, "n = \(n), offset = \(offset)")
                    }
                    #expect(y[(m * n)...].allSatisfy { $0 == 12345.5 })
                }
            }
        }
    }

    @Test("y may be x or the residual, and a row is the same bits wherever it stands", arguments: InstructionSet.here)
    func placesDoNotMatter(isa: InstructionSet) {
        var randoms = Randoms(seed: 8)
        let layerNorm = isa.kernels.pointee.layer_norm_f32
        for n in Self.widths {
            let m = 5
            let (row, residual, gain, bias) = (randoms(n), randoms(n), randoms(n), randoms(n))
            var alone = [Float](repeating: 0, count: n)
            layerNorm?(1, n, row, residual, gain, bias, 1e-5, &alone)
            let rows = [[Float]](repeating: row, count: m).flatMap(\.self)
            let residuals = [[Float]](repeating: residual, count: m).flatMap(\.self)
            var (overX, overResidual) = (rows, residuals)
            overX.withUnsafeMutableBufferPointer {
                layerNorm?(m, n, $0.baseAddress, residuals, gain, bias, 1e-5, $0.baseAddress)
            }
            overResidual.withUnsafeMutableBufferPointer {
                layerNorm?(m, n, rows, $0.baseAddress, gain, bias, 1e-5, $0.baseAddress)
            }
            let expected = [[Float]](repeating: alone, count: m).flatMap(\.self)
            #expect(overX.elementsEqual(expected, by: sameBits), "n = \(n)")
            #expect(overResidual.elementsEqual(expected, by: sameBits), "n = \(n)")
        }
    }

    @Test("A constant row is its bias", arguments: InstructionSet.here)
    func constantRow(isa: InstructionSet) {
        for n in Self.widths {
            let bias = (0..<n).map { Float($0) }
            var y = [Float](repeating: 4, count: n)
            y.withUnsafeMutableBufferPointer {
                let gain = [Float](repeating: 2, count: n)
                isa.kernels.pointee.layer_norm_f32(1, n, $0.baseAddress, nil, gain, bias, 1e-5, $0.baseAddress)
            }
            #expect(y == bias)
        }
    }
}
