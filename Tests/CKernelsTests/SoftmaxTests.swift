// SPDX-License-Identifier: Apache-2.0
import CKernels
import Foundation
import Testing

@Suite struct SoftmaxTests {
    static let widths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 42, 64, 100, 513]

    static func softmax(_ isa: InstructionSet, m: Int, n: Int, scale: Float, _ x: [Float], ldx: Int) -> [Float] {
        var y = x
        isa.kernels.pointee.softmax_f32(m, n, scale, &y, ldx)
        return y
    }

    /// In double precision, from the differences that f32 has: rounding them is most of the error of large ones.
    static func reference(_ row: ArraySlice<Float>, scale: Float) -> [Double] {
        let scaled = row.map { $0 * scale }
        let highest = scaled.max() ?? 0
        let powers = scaled.map { exp(Double($0 - highest)) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    @Test(
        "Rows are the softmax of double precision, and what lies between rows is untouched",
        arguments: InstructionSet.here
    )
    func rows(isa: InstructionSet) {
        var randoms = Randoms(seed: 5)
        for n in Self.widths {
            for scale: Float in [0.125, 1, -3, 80, 1e30] {
                let (m, ldx) = (3, n + 4)
                let x = randoms(m * ldx)
                let y = Self.softmax(isa, m: m, n: n, scale: scale, x, ldx: ldx)
                for i in 0..<m {
                    let row = i * ldx..<i * ldx + n
                    let good = zip(y[row], Self.reference(x[row], scale: scale)).allSatisfy {
                        abs(Double($0) - $1) <= 2e-6 * $1 + 1.2e-38
                    }
                    #expect(good, "n = \(n), scale = \(scale)")
                    #expect(y[row.upperBound..<(i + 1) * ldx] == x[row.upperBound..<(i + 1) * ldx])
                }
            }
        }
    }

    @Test("A row is the same bits wherever it stands", arguments: InstructionSet.here)
    func rowsAreIndependent(isa: InstructionSet) {
        var randoms = Randoms(seed: 6)
        for n in Self.widths {
            let row = randoms(n)
            let alone = Self.softmax(isa, m: 1, n: n, scale: 3, row, ldx: n)
            for (m, ldx) in [(2, n), (5, n + 1), (4, n + 16)] {
                var x = randoms(m * ldx)
                for i in 0..<m { x.replaceSubrange(i * ldx..<i * ldx + n, with: row) }
                let y = Self.softmax(isa, m: m, n: n, scale: 3, x, ldx: ldx)
                #expect((0..<m).allSatisfy { y[$0 * ldx..<$0 * ldx + n].elementsEqual(alone, by: sameBits) })
            }
        }
    }

    @Test("Masked entries weigh nothing, huge ones don't overflow, a row of one is one", arguments: InstructionSet.here)
    func extremes(isa: InstructionSet) {
        for n in Self.widths {
            var x = [Float](repeating: -.infinity, count: n)
            x[n / 2] = -7
            let one = (0..<n).map { $0 == n / 2 ? Float(1) : 0 }
            #expect(Self.softmax(isa, m: 1, n: n, scale: 2, x, ldx: n) == one)
            for huge: Float in [1e30, -1e30] {
                let even = Self.softmax(isa, m: 1, n: n, scale: 1, [Float](repeating: huge, count: n), ldx: n)
                #expect(even.allSatisfy { abs($0 - 1 / Float(n)) <= 1e-7 })
            }
            var far = [Float](repeating: -1e30, count: n)
            far[n - 1] = 1e30
            #expect(Self.softmax(isa, m: 1, n: n, scale: 0.99, far, ldx: n) == (0..<n).map { $0 == n - 1 ? 1 : 0 })
        }
    }

    @Test("NaN makes its own row NaN, and no other", arguments: InstructionSet.here)
    func notANumber(isa: InstructionSet) {
        for n in Self.widths {
            var x = [Float](repeating: 0.5, count: 3 * n)
            x[n + n / 2] = .nan
            let y = Self.softmax(isa, m: 3, n: n, scale: 1, x, ldx: n)
            #expect(y.indices.filter { y[$0].isNaN } == Array(n..<2 * n))
        }
    }

    @Test("Sizes of nothing write nothing", arguments: InstructionSet.here)
    func nothing(isa: InstructionSet) {
        let x: [Float] = [1, 2, 3]
        #expect(Self.softmax(isa, m: 0, n: 3, scale: 1, x, ldx: 3) == x)
        #expect(Self.softmax(isa, m: 3, n: 0, scale: 1, x, ldx: 1) == x)
    }
}
