// SPDX-License-Identifier: Apache-2.0
import CKernels
import Foundation
import Testing

/// Backward passes, losses and the optimiser against double precision.
@Suite struct TrainingKernelTests {
    @Test("gelu's gradient is within 1.1e-5 of Φ(x) + x · φ(x) for all floats", arguments: InstructionSet.here)
    func geluGradient(isa: InstructionSet) {
        let x = MapTests.floats.filter { $0.isFinite }
        var dy = [Float](repeating: 1, count: x.count)
        isa.kernels.pointee.training.pointee.gelu_gradient(x.count, x, &dy)
        let worst = zip(x, dy).reduce(0.0) { worst, pair in
            let x = Double(pair.0)
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            let exact = 0.5 * erfc(-x / 2.0.squareRoot()) + (density == 0 ? 0 : x * density)
            return max(worst, abs(Double(pair.1) - exact))
        }
        #expect(worst < 1.1e-5)
    }

    @Test(
        "Cross-entropy and divergence are those of double precision, with their gradients",
        arguments: InstructionSet.here
    )
    func losses(isa: InstructionSet) {
        var randoms = Randoms(seed: 4)
        let training = isa.kernels.pointee.training.pointee
        for n in [1, 2, 3, 15, 16, 17, 40, 30_522] {
            let (x, t) = (randoms(n).map { $0 * 8 }, randoms(n).map { $0 * 8 })
            func softmax(_ x: [Float], _ inverse: Double) -> [Double] {
                let powers = x.map { exp(Double($0) * inverse) }
                let sum = powers.reduce(0, +)
                return powers.map { $0 / sum }
            }
            var dx = [Float](repeating: 0, count: n)
            let entropy = training.cross_entropy(n, x, n / 2, 2, &dx)
            let p = softmax(x, 1)
            #expect(abs(Double(entropy) + log(p[n / 2])) < 1e-4)
            #expect(dx.indices.allSatisfy { abs(Double(dx[$0]) - 2 * (p[$0] - ($0 == n / 2 ? 1 : 0))) < 1e-5 })

            dx = [Float](repeating: 0, count: n)
            let divergence = training.divergence(n, 0.5, x, t, 2, &dx)
            let (student, teacher) = (softmax(x, 0.5), softmax(t, 0.5))
            let exact = zip(teacher, student).reduce(0.0) { $0 + $1.0 * log($1.0 / $1.1) }
            #expect(abs(Double(divergence) - exact) < 1e-4)
            #expect(dx.indices.allSatisfy { abs(Double(dx[$0]) - 2 * (student[$0] - teacher[$0])) < 1e-5 })
        }
    }

    @Test("Dropout drops the share that it should, and scales the rest", arguments: InstructionSet.here)
    func dropout(isa: InstructionSet) {
        let count = 100_000
        let ones = [Float](repeating: 1, count: count)
        for rate in [Float(0), 0.1, 0.5, 0.9] {
            var y = ones
            isa.kernels.pointee.training.pointee.dropout(count, rate, 1, 0, ones, &y)
            let kept = y.count { $0 != 0 }
            #expect(abs(Double(kept) / Double(count) - Double(1 - rate)) < 0.01)
            #expect(y.allSatisfy { $0 == 0 || abs($0 - 1 / (1 - rate)) < 1e-6 })
            // The sequence goes on where another call begins within it.
            var part = Array(ones[..<37])
            isa.kernels.pointee.training.pointee.dropout(37, rate, 1, 13, part, &part)
            #expect(part == Array(y[13..<50]))
        }
    }

    @Test("A matrix is transposed, whatever its sides")
    func transpose() {
        var randoms = Randoms(seed: 8)
        for m in [0, 1, 15, 16, 17, 40] {
            for n in [1, 7, 16, 33] {
                let x = randoms(m * n)
                var y = [Float](repeating: 5, count: n * (m + 2))
                c4b_transpose_f32(m, n, x, n, &y, m + 2)
                for j in 0..<n {
                    #expect((0..<m).allSatisfy { y[j * (m + 2) + $0] == x[$0 * n + j] })
                    #expect(y[j * (m + 2) + m] == 5)
                }
            }
        }
    }
}
