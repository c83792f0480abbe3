// SPDX-License-Identifier: Apache-2.0
import CKernels
import Testing

@Suite struct GemmTests {
    /// Around the row tiles (6 and 12), the panels (8, 16, 32), pairs and fours of panels, and vectors (4, 8, 16).
    static let rows = [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 25]
    static let columns = [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97, 127, 128, 129, 161]
    static let depths = [0, 1, 2, 31, 64]

    /// y, `[m, ldy]`, from a sheet of guard values.
    static func product(
        _ isa: InstructionSet,
        m: Int,
        n: Int,
        k: Int,
        x: ArraySlice<Float>,
        ldx: Int,
        packed: [Float],
        bias: [Float]?,
        ldy: Int
    ) -> [Float] {
        var y = [Float](repeating: 12345.5, count: (m + 1) * ldy)
        x.withUnsafeBufferPointer { x in
            isa.kernels.pointee.gemm_f32(m, n, k, x.baseAddress, ldx, packed, bias, &y, ldy)
        }
        return y
    }

    @Test(
        "Products are those of double precision within k roundings, and nothing else is written",
        arguments: InstructionSet.here,
        rows
    )
    func products(isa: InstructionSet, m: Int) {
        var randoms = Randoms(seed: 2)
        for n in Self.columns {
            for k in Self.depths {
                let (ldx, ldy) = (k + 3, n + 5)
                let (x, w) = (randoms(m * ldx), randoms(n * k))
                let bias = n % 2 == 0 ? randoms(n) : nil
                let packed = isa.packed(w, n: n, k: k)
                let y = Self.product(isa, m: m, n: n, k: k, x: x[...], ldx: ldx, packed: packed, bias: bias, ldy: ldy)
                var (wrong, outside) = (0, 0)
                for place in y.indices {
                    let (i, j) = (place / ldy, place % ldy)
                    guard i < m, j < n else {
                        outside += y[place] == 12345.5 ? 0 : 1
                        continue
                    }
                    let start = Double(bias?[j] ?? 0)
                    var (sum, magnitude) = (start, abs(start))
                    for p in 0..<k {
                        let product = Double(x[i * ldx + p]) * Double(w[j * k + p])
                        sum += product
                        magnitude += abs(product)
                    }
                    wrong += abs(Double(y[place]) - sum) <= Double(k + 1) * 0x1p-23 * magnitude ? 0 : 1
                }
                #expect(wrong == 0, "n = \(n), k = \(k)")
                #expect(outside == 0, "n = \(n), k = \(k)")
            }
        }
    }

    @Test("A row is the same bits alone and anywhere in any batch", arguments: InstructionSet.here)
    func rowsAreIndependent(isa: InstructionSet) {
        var randoms = Randoms(seed: 3)
        for (n, k) in [(1, 33), (40, 64), (97, 65), (130, 31), (64, 300)] {
            let row = randoms(k)
            let bias = randoms(n)
            let packed = isa.packed(randoms(n * k), n: n, k: k)
            let alone = Self.product(
                isa,
                m: 1,
                n: n,
                k: k,
                x: row[...],
                ldx: k,
                packed: packed,
                bias: bias,
                ldy: n
            )[..<n]
            for m in Array(1...26) + [131, 400] {
                let (ldx, ldy) = (k + m % 5, n + m % 3)
                var x = randoms(m * ldx)
                let places = m < 30 ? Array(0..<m) : [0, 1, m / 2, m - 13, m - 1]
                for place in places {
                    x.replaceSubrange(place * ldx..<place * ldx + k, with: row)
                }
                let y = Self.product(
                    isa,
                    m: m,
                    n: n,
                    k: k,
                    x: x[...],
                    ldx: ldx,
                    packed: packed,
                    bias: bias,
                    ldy: ldy
                )
                let same = places.allSatisfy { y[$0 * ldy..<$0 * ldy + n].elementsEqual(alone, by: sameBits) }
                #expect(same, "m = \(m), n = \(n), k = \(k)")
            }
        }
    }

    @Test("A column is the same bits in a matrix of any width", arguments: InstructionSet.here)
    func columnsAreIndependent(isa: InstructionSet) {
        var randoms = Randoms(seed: 4)
        let (m, k, widest) = (5, 45, 170)
        let (x, w, bias) = (randoms(m * k), randoms(widest * k), randoms(widest))
        let all = Self.product(
            isa,
            m: m,
            n: widest,
            k: k,
            x: x[...],
            ldx: k,
            packed: isa.packed(w, n: widest, k: k),
            bias: bias,
            ldy: widest
        )
        for n in 1..<widest {
            let packed = isa.packed(w, n: n, k: k)
            let y = Self.product(isa, m: m, n: n, k: k, x: x[...], ldx: k, packed: packed, bias: bias, ldy: widest)
            let same = (0..<m).allSatisfy {
                let row = $0 * widest..<$0 * widest + n
                return y[row].elementsEqual(all[row], by: sameBits)
            }
            #expect(same, "n = \(n)")
        }
    }

    @Test("NaN and infinity stay in their own row", arguments: InstructionSet.here)
    func specialValuesStayInTheirRow(isa: InstructionSet) {
        let (m, n, k) = (13, 35, 4)
        var x = [Float](repeating: 1, count: m * k)
        x[4 * k] = .nan
        x[7 * k] = .infinity
        let packed = isa.packed([Float](repeating: 1, count: n * k), n: n, k: k)
        let y = Self.product(isa, m: m, n: n, k: k, x: x[...], ldx: k, packed: packed, bias: nil, ldy: n)
        for i in 0..<m {
            let row = y[i * n..<(i + 1) * n]
            #expect(row.allSatisfy { i == 4 ? $0.isNaN : $0 == (i == 7 ? .infinity : 4) }, "row \(i)")
        }
    }
}

/// Equal to the bit: unlike ==, tells 0 from -0 and finds NaN equal to itself.
func sameBits(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern }
