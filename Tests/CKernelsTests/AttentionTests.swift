// SPDX-License-Identifier: Apache-2.0
import CKernels
import Foundation
import Testing

@Suite struct AttentionTests {
    /// One text's queries, keys and values.
    struct Text {
        let (t, queries, heads, d): (Int, Int, Int, Int)
        var query, keyValue: [Float]
        var width: Int { heads * d }

        init(t: Int, queries: Int? = nil, heads: Int, d: Int, randoms: inout Randoms) {
            (self.t, self.queries, self.heads, self.d) = (t, queries ?? t, heads, d)
            query = randoms(self.queries * heads * d).map { $0 * 4 }
            keyValue = randoms(t * 2 * heads * d).map { $0 * 3 }
        }

        /// Context `[queries, width + 3]` from a sheet of guard values.
        func context(_ isa: InstructionSet, limit: Int32? = nil) -> [Float] {
            var scratch = [UInt32](repeating: 99, count: c4b_attention_words(t, d))
            var y = [Float](repeating: 12345.5, count: queries * (width + 3))
            isa.kernels.pointee.attention_i8(
                limit ?? isa.kernels.pointee.attention_limit,
                t,
                queries,
                heads,
                d,
                query,
                width,
                keyValue,
                2 * width,
                &scratch,
                &y,
                width + 3
            )
            return y
        }

        /// One head's context `[d]` for one query, in double precision.
        func exact(query row: Int, head: Int) -> [Double] {
            let scores = (0..<t).map { token in
                (head * d..<(head + 1) * d).reduce(0.0) { sum, j in
                    sum + Double(query[row * width + j]) * Double(keyValue[token * 2 * width + j])
                } / Double(d).squareRoot()
            }
            let highest = scores.max() ?? 0
            let weights = scores.map { exp($0 - highest) }
            let sum = weights.reduce(0, +)
            return (head * d..<(head + 1) * d).map { column in
                (0..<t).reduce(0.0) { $0 + weights[$1] * Double(keyValue[($1 * 2 + 1) * width + column]) } / sum
            }
        }
    }

    /// Around vectors (4, 8, 16), and tiles of them.
    static let lengths = [1, 2, 3, 4, 5, 15, 16, 17, 33, 64, 65, 130, 511, 512, 513, 700]

    @Test("Contexts are the scalar ones to the bit, and nothing else is written", arguments: InstructionSet.here)
    func scalarBits(isa: InstructionSet) {
        var randoms = Randoms(seed: 11)
        for t in Self.lengths {
            for d in [1, 3, 31, 32, 33, 70] where t < 100 || d < 33 {
                let text = Text(t: t, queries: t > 100 ? 5 : nil, heads: 2, d: d, randoms: &randoms)
                let own = text.context(isa)
                let limit = isa.kernels.pointee.attention_limit
                let same = own.elementsEqual(text.context(InstructionSet(name: "scalar"), limit: limit), by: sameBits)
                #expect(same, "t = \(t), d = \(d)")
                #expect((0..<text.queries).allSatisfy { own[$0 * (text.width + 3) + text.width] == 12345.5 })
            }
        }
    }

    /// Queries up to 4 and keys up to 3 are within half a step of 127, or of 63, so most scores within 0.05 or 0.1, and
    /// so weights within 5 or 10 % of values up to 3.
    @Test("Contexts are those of double precision, but for rounding to bytes", arguments: InstructionSet.here)
    func exact(isa: InstructionSet) {
        var randoms = Randoms(seed: 12)
        for (t, d) in [(1, 8), (2, 1), (7, 32), (42, 32), (65, 64), (600, 16), (20, 300)] {
            let text = Text(t: t, queries: min(t, 6), heads: 3, d: d, randoms: &randoms)
            let y = text.context(isa)
            var worst = 0.0
            for row in 0..<text.queries {
                for head in 0..<text.heads {
                    let own = y[row * (text.width + 3) + head * d..<row * (text.width + 3) + (head + 1) * d]
                    worst = zip(own, text.exact(query: row, head: head)).reduce(worst) {
                        max($0, abs(Double($1.0) - $1.1))
                    }
                }
            }
            #expect(worst < (isa.kernels.pointee.attention_limit == 127 ? 0.15 : 0.3), "t = \(t), d = \(d)")
        }
    }

    @Test("Queries at the end of the range, all alike, overflow nothing", arguments: InstructionSet.here)
    func extremes(isa: InstructionSet) {
        var randoms = Randoms(seed: 13)
        for (t, d) in [(512, 8), (3, 256), (3, 1024), (3, 20_000), (3, 65_536), (1100, 4)] {
            var text = Text(t: t, queries: 2, heads: 1, d: d, randoms: &randoms)
            text.query = text.query.map { _ in 1 }
            // The first token's score is far below the others', whose values are all the greatest.
            text.keyValue = text.keyValue.indices.map { $0 < d ? -1 : 1 }
            let y = text.context(isa)
            #expect((0..<2 * (d + 3)).allSatisfy { $0 % (d + 3) >= d || abs(y[$0] - 1) < 1e-5 }, "t = \(t), d = \(d)")
        }
    }

    @Test("A NaN among a head's numbers makes that head NaN, and no other", arguments: InstructionSet.here)
    func specialValues(isa: InstructionSet) {
        var randoms = Randoms(seed: 14)
        for place in 0..<3 {
            var text = Text(t: 5, heads: 2, d: 8, randoms: &randoms)
            if place == 0 { text.query[3] = .nan } else { text.keyValue[place == 1 ? 32 : 16] = .nan }
            let y = text.context(isa)
            for row in 0..<5 {
                #expect(y[row * 19..<row * 19 + 8].allSatisfy { $0.isNaN })
                #expect(y[row * 19 + 8..<row * 19 + 16].allSatisfy { $0.isFinite })
            }
        }
    }
}
