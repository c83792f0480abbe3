// SPDX-License-Identifier: Apache-2.0

/// `CanonicalData` in a form that answers fast: what scalars decompose to, and what two of them are composed to.
final class CanonicalForms: Sendable {
    /// Read once, on first use.
    static let shared = CanonicalForms()

    /// Where in `parts` the decomposition of a scalar begins, 0 for those that stay; its count stands there.
    private let places: ScalarMap
    private let parts: [UInt32]
    /// 1 for what is composed with something before it.
    private let seconds: ScalarMap
    /// By the first scalar in the upper half and the second in the lower.
    private let composites: [UInt64: UInt32]

    private init() {
        var (places, seconds) = (ScalarMap(), ScalarMap())
        var parts: [UInt32] = [0]
        var composites: [UInt64: UInt32] = [:]
        func add(_ scalar: UInt32, _ decomposition: [UInt32]) {
            places[scalar] = UInt32(parts.count)
            parts.append(UInt32(decomposition.count))
            parts += decomposition
        }
        var others = HexadecimalText(CanonicalData.decompositions)
        while let scalar = others.number() {
            var decomposition: [UInt32] = []
            while others.skip("=") || others.skip("+"), let part = others.number() { decomposition.append(part) }
            add(scalar, decomposition)
        }
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
            add(pair.scalar, [scalar] + decomposition)
        }
        (self.places, self.parts, self.seconds, self.composites) = (places, parts, seconds, composites)
    }

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    /// Hands over what a scalar decomposes to, itself where it does not.
    func decompose(_ scalar: UInt32, _ body: (UInt32) -> Void) {
        if Hangul.syllables.contains(Int(scalar)) {
            let (lead, vowel, tail) = Hangul.jamo(of: scalar)
            body(lead)
            body(vowel)
            if let tail { body(tail) }
            return
        }
        let place = Int(places[scalar])
        guard place > 0 else { return body(scalar) }
        for index in place + 1...place + Int(parts[place]) { body(parts[index]) }
    }

    /// What two scalars are composed to; nil where they stay two.
    func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if let syllable = Hangul.syllable(first, second) { return syllable }
        return seconds[second] == 0 ? nil : composites[Self.key(first, second)]
    }
}
