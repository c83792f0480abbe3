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

    /// Weights `[n, k]` quantised in a format: whole numbers, and the scale of each row.
    private struct Quantised {
        private(set) var weights: [Int] = []
        private(set) var scales: [Float] = []

        init(_ w: [Float], n: Int, k: Int, in format: c4b_format_i8) {
            let isa = InstructionSet(name: "scalar")
            let panel = isa.kernels.pointee.panel_i8
            let packed = isa.packedBytes(w, bias: nil, n: n, k: k, in: format)
            for i in 0..<n {
                let start = i / panel * c4b_packed_bytes_i8(isa.kernels, panel, k)
                let end = start + c4b_packed_bytes_i8(isa.kernels, panel, k)
                weights += (0..<k).map { j in
                    Int(Int8(bitPattern: packed[start + (j / 4 * panel + i % panel) * 4 + j % 4]))
                }
                // Scales and biases are the panel's last floats.
                let scale = packed[(end - (2 * panel - i % panel) * 4)...].prefix(4)
                scales.append(Float(bitPattern: scale.reversed().reduce(0) { $0 << 8 | UInt32($1) }))
            }
        }

        /// The root of the mean squared error.
        func error(of w: [Float]) -> Float {
            let k = w.count / scales.count
            let squares = w.indices.reduce(Float(0)) { sum, place in
                let error = Float(weights[place]) * scales[place / k] - w[place]
                return sum + error * error
            }
            return (squares / Float(w.count)).squareRoot()
        }
    }

    private static let formats = [(steps: 170, sum: 190), (125, 257), (253, 128)].map {
        c4b_format_i8(steps: Int32($0.steps), sum_of_four: Int32($0.sum))
    }

    @Test("Weights that are added in 16 bits stay within the format's sum, whatever they are", arguments: formats)
    func sumsOfFour(format: c4b_format_i8) {
        var randoms = Randoms(seed: 3)
        let (n, k) = (20, 75)
        for w in [randoms(n * k), randoms(n * k).map { $0 > 0 ? 1 : -1 }, [Float](repeating: -3, count: n * k)] {
            let quantised = Quantised(w, n: n, k: k, in: format)
            #expect(quantised.weights.allSatisfy { abs($0) <= 127 })
            for first in (0..<n).flatMap({ row in stride(from: 0, to: k, by: 8).map { (row, $0) } }) {
                for half in [0, 2] {
                    let four = [0, 1, 4, 5].map { first.1 + half + $0 }.filter { $0 < k }
                        .map { quantised.weights[first.0 * k + $0] }
                    let (up, down) = (four.filter { $0 > 0 }.reduce(0, +), four.filter { $0 < 0 }.reduce(0, -))
                    #expect(max(up, down) <= format.sum_of_four)
                }
            }
        }
    }

    @Test("Weights that are all alike keep their value, in fewer steps")
    func evenWeights() {
        for format in Self.formats {
            let quantised = Quantised([Float](repeating: 3, count: 2 * 64), n: 2, k: 64, in: format)
            #expect(quantised.error(of: [Float](repeating: 3, count: 2 * 64)) <= 3 / 40)
        }
    }

    @Test("Weights as trained layers have them lose less than half a bit to the sum", arguments: InstructionSet.here)
    func ordinaryWeights(isa: InstructionSet) {
        var randoms = Randoms(seed: 4)
        let (n, k) = (64, 384)
        // Sums of twelve are next to normally distributed.
        let w = (0..<n * k).map { _ in randoms(12).reduce(0, +) / 40 }
        let exact = Quantised(w, n: n, k: k, in: c4b_format_i8(steps: 253, sum_of_four: 0)).error(of: w)
        #expect(Quantised(w, n: n, k: k, in: isa.format).error(of: w) <= 1.3 * exact)
    }
}
