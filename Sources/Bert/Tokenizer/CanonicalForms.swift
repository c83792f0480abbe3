// SPDX-License-Identifier: Apache-2.0

/// `CanonicalData` in a form that answers fast: what scalars decompose to, and what two of them are composed to.
final class CanonicalForms: Sendable {
    /// Read once, on first use.
    static let shared = CanonicalForms()

    private let decompositions: Decompositions
    /// 1 for what is composed with something before it.
    private let seconds: ScalarMap
    /// By the first scalar in the upper half and the second in the lower.
    private let composites: [UInt64: UInt32]

    private init() {
        var decompositions = Decompositions(CanonicalData.decompositions)
        var seconds = ScalarMap()
        var composites: [UInt64: UInt32] = [:]
        var pairs: [(scalar: UInt32, first: UInt32, second: UInt32)] = []
        var list = HexadecimalText(CanonicalData.compositions)
        while let scalar = list.number(), list.skip("="), let first = list.number(), list.skip("+"),
            let second = list.number()
        {
            pairs.append((scalar, first, second))
            composites[Self.key(first, second)] = scalar
            seconds[second] = 1
        }
        // A pair's first may be composed itself, and stand behind it in the list.
        let firsts = Dictionary(uniqueKeysWithValues: pairs.map { ($0.scalar, ($0.first, $0.second)) })
        for pair in pairs {
            var (scalar, decomposition) = (pair.scalar, [UInt32]())
            while let (first, second) = firsts[scalar] {
                decomposition.insert(second, at: 0)
                scalar = first
            }
            decompositions.add(pair.scalar, [scalar] + decomposition)
        }
        (self.decompositions, self.seconds, self.composites) = (decompositions, seconds, composites)
    }

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    /// Hands over what a scalar decomposes to, itself where it does not.
    func decompose(_ scalar: UInt32, _ body: (UInt32) -> Void) { decompositions.decompose(scalar, body) }

    /// What two scalars are composed to; nil where they stay two.
    func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if let syllable = Hangul.syllable(first, second) { return syllable }
        return seconds[second] == 0 ? nil : composites[Self.key(first, second)]
    }
}
