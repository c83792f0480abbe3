// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

@Suite struct GemmBytesTests {
    /// Around the row tile (6), and those of registers of rows (16).
    static let rows = [0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 16, 17, 25, 32, 33, 48, 49]
    /// Around vectors (4, 8, 16) and panels (8, 16, 32, 64).
    static let columns = [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 129]
    /// Around groups (4), pairs of them, and cache lines (64).
    static let depths = [0, 1, 3, 4, 5, 8, 12, 63, 64, 66, 384]

    /// One product in an instruction set's format: quantised activations with what they stand for, and weights before they
    /// are.
    struct Product {
        let (m, n, k): (Int, Int, Int)
        let format: c4b_format_i8
        let x: [UInt8]
        let rows: [c4b_row]
        let w: [Float]
        let bias: [Float]?

        /// Bytes of a row of x: whole pairs of groups, and half of one more.
        static func ldx(_ k: Int) -> Int { (k + 7) / 8 * 8 + 4 }
        var ldx: Int { Self.ldx(k) }
        var ldy: Int { n + 5 }

        init(m: Int, n: Int, k: Int, for isa: InstructionSet, randoms: inout Randoms) {
            (self.m, self.n, self.k) = (m, n, k)
            format = isa.format
            x = randoms.bytes(m * Self.ldx(k), in: isa.bytes)
            let steps = isa.format.steps
            rows = randoms(m).enumerated().map {
                c4b_row(scale: $1, zero: $0 % 3 == 0 ? steps / 2 : 1 + Int32($0 * 37) % steps)
            }
            w = randoms(n * k)
            bias = n % 2 == 0 ? randoms(n) : nil
        }

        init(m: Int, n: Int, k: Int, for isa: InstructionSet, x: UInt8, w: [Float]) {
            (self.m, self.n, self.k) = (m, n, k)
            format = isa.format
            self.x = Array(repeating: x, count: m * Self.ldx(k))
            rows = Array(repeating: c4b_row(scale: 1, zero: Self.zero), count: m)
            self.w = w
            bias = nil
        }

        static let zero: Int32 = 85

        /// y, `[m, ldy]` and a row more, from a sheet of guard values.
        func y(_ isa: InstructionSet, gelu: Bool = false, only: Range<Int>? = nil) -> [Float] {
            let range = only ?? 0..<m
            let kernel = gelu ? isa.kernels.pointee.gemm_gelu_i8 : isa.kernels.pointee.gemm_i8
            let packed = isa.packedBytes(w, bias: bias, n: n, k: k, in: format)
            var y = [Float](repeating: 12345.5, count: (range.count + 1) * ldy)
            let x = Array(x[(range.lowerBound * ldx)...])
            kernel?(range.count, n, k, x, ldx, Array(rows[range]), packed, &y, ldy)
            return y
        }
    }

    static let scalar = InstructionSet(name: "scalar")

    @Test("Products are the scalar ones to the bit, and nothing else is written", arguments: InstructionSet.here, rows)
    func products(isa: InstructionSet, m: Int) {
        var randoms = Randoms(seed: 2)
        for n in Self.columns {
            for k in Self.depths {
                let product = Product(m: m, n: n, k: k, for: isa, randoms: &randoms)
                let same = product.y(isa).elementsEqual(product.y(Self.scalar), by: sameBits)
                #expect(same, "n = \(n), k = \(k)")
            }
        }
    }

    @Test(
        "So are those of models whose widths no tile divides",
        arguments: InstructionSet.here,
        [(100, 312), (312, 100), (320, 1_000), (26, 320), (1_000, 26), (80, 768), (64, 1_024)]
    )
    func oddWidths(isa: InstructionSet, shape: (n: Int, k: Int)) {
        var randoms = Randoms(seed: 7)
        for m in [1, 15, 17, 33, 48] {
            let product = Product(m: m, n: shape.n, k: shape.k, for: isa, randoms: &randoms)
            #expect(product.y(isa).elementsEqual(product.y(Self.scalar), by: sameBits), "m = \(m)")
        }
    }

    @Test("The scalar product is the sum of what the bytes stand for")
    func scalarProduct() {
        var randoms = Randoms(seed: 3)
        for (m, n, k) in [(1, 1, 1), (3, 9, 5), (2, 17, 66), (4, 8, 384)] {
            let product = Product(m: m, n: n, k: k, for: Self.scalar, randoms: &randoms)
            let y = product.y(Self.scalar)
            for i in 0..<m {
                for j in 0..<n {
                    let w = product.w[j * k..<(j + 1) * k]
                    let scale = (w.map(abs).max() ?? 0) / 127
                    let sum = w.indices.reduce(0) { sum, place in
                        let x = Int(product.x[i * product.ldx + place - w.startIndex]) - Int(product.rows[i].zero)
                        return sum + x * Int((product.w[place] / scale).rounded(.toNearestOrEven))
                    }
                    let expected = Double(sum) * Double(scale) * Double(product.rows[i].scale)
                    let bias = Double(product.bias?[j] ?? 0)
                    let error = abs(Double(y[i * product.ldy + j]) - expected - bias)
                    #expect(error <= 3e-7 * (abs(expected) + abs(bias)))
                }
            }
        }
    }

    @Test("The ends of the range neither saturate nor overflow, up to the deepest sum", arguments: InstructionSet.here)
    func extremes(isa: InstructionSet) {
        // 65,536 is the greatest power of two below the contract's bound.
        for (n, k) in [(17, 4), (65, 63), (17, 384), (2, 65_536)] {
            for x in [isa.bytes.upperBound, 1, 0, UInt8(Product.zero)] {
                for sign in [Float(1), -1] {
                    // Columns of one sign, and those in which it changes between inputs that are added first.
                    let w = (0..<n * k).map { $0 / k % 3 == 0 ? sign : $0 / k % 3 == 1 || $0 % 2 == 0 ? -sign : sign }
                    let product = Product(m: 7, n: n, k: k, for: isa, x: x, w: w)
                    #expect(product.y(isa).elementsEqual(product.y(Self.scalar), by: sameBits), "x = \(x), k = \(k)")
                    guard isa.format.sum_of_four == 0 else { continue }
                    let y = product.y(isa)
                    let same = (0..<7 * n).filter { $0 % n % 3 < 2 }.allSatisfy { place in
                        let weight = (place % n % 3 == 0 ? 127 : -127) * Int(sign)
                        let value = Int(x) - Int(Product.zero)
                        return y[place / n * product.ldy + place % n] == Float(value * weight * k) * (1 / 127)
                    }
                    #expect(same, "x = \(x), k = \(k)")
                }
            }
        }
    }

    @Test(
        "Weights of which a step would be no normal float count as zeros, and never wrap around",
        arguments: InstructionSet.here
    )
    func tinyWeights(isa: InstructionSet) {
        for bits: UInt32 in [1, 64, 127, 128, 190, 0x7F_FFFF, 0x0080_0000] {
            for sign: Float in [1, -1] {
                let w = [Float](repeating: sign * Float(bitPattern: bits), count: 3 * 8)
                let product = Product(m: 2, n: 3, k: 8, for: isa, x: isa.bytes.upperBound, w: w)
                let y = product.y(isa)
                #expect((0..<6).allSatisfy { y[$0 / 3 * product.ldy + $0 % 3] == 0 }, "\(bits)")
            }
        }
    }

    @Test("With GELU it is the product, then gelu within 1e-6", arguments: InstructionSet.here)
    func gelu(isa: InstructionSet) {
        var randoms = Randoms(seed: 4)
        for (m, n, k) in [(1, 3, 8), (7, 70, 64), (13, 130, 65)] {
            let product = Product(m: m, n: n, k: k, for: isa, randoms: &randoms)
            var expected = product.y(isa)
            Self.scalar.kernels.pointee.gelu_f32(expected.count, &expected)
            let worst = zip(product.y(isa, gelu: true), expected).map { abs($0 - $1) }.max() ?? 0
            #expect(worst <= 1e-6)
        }
    }

    @Test("Added to y it is the product's bits, then one addition", arguments: InstructionSet.here)
    func adding(isa: InstructionSet) {
        var randoms = Randoms(seed: 6)
        for (m, n, k) in [(1, 3, 8), (7, 70, 64), (13, 130, 65)] {
            let product = Product(m: m, n: n, k: k, for: isa, randoms: &randoms)
            let once = product.y(isa)
            var twice = once
            let packed = isa.packedBytes(product.w, bias: product.bias, n: n, k: k)
            let kernel = isa.kernels.pointee.gemm_add_i8
            kernel?(m, n, k, product.x, product.ldx, product.rows, packed, &twice, product.ldy)
            let same = once.indices.allSatisfy {
                let isInside = $0 % product.ldy < n && $0 < m * product.ldy
                return twice[$0] == (isInside ? once[$0] + once[$0] : once[$0])
            }
            #expect(same)
        }
    }

    @Test("A row is the same bits alone and anywhere in any batch", arguments: InstructionSet.here)
    func rowsAreIndependent(isa: InstructionSet) {
        var randoms = Randoms(seed: 5)
        for (m, n, k) in [(26, 97, 65), (131, 64, 300), (400, 33, 1536)] {
            let product = Product(m: m, n: n, k: k, for: isa, randoms: &randoms)
            for gelu in [false, true] {
                let all = product.y(isa, gelu: gelu)
                for i in [0, 1, m / 2, m - 7, m - 1] {
                    let alone = product.y(isa, gelu: gelu, only: i..<i + 1)[..<n]
                    #expect(all[i * product.ldy..<i * product.ldy + n].elementsEqual(alone, by: sameBits))
                }
            }
        }
    }
}
