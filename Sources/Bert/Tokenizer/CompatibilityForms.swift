// SPDX-License-Identifier: Apache-2.0

/// `CompatibilityData` in a form that answers fast: what scalars decompose to, which are marks, and how marks are ordered.
final class CompatibilityForms: Sendable {
    /// Read once, on first use.
    static let shared = CompatibilityForms()

    /// Where in `parts` the decomposition of a scalar begins, 0 for those that stay; its count stands there.
    private let places: ScalarMap
    private let parts: [UInt32]
    /// The canonical combining class.
    private let classes: ScalarMap
    /// 1 for what StripAccents removes.
    private let marks: ScalarMap

    private init() {
        var (places, classes, marks) = (ScalarMap(), ScalarMap(), ScalarMap())
        var parts: [UInt32] = [0]
        var list = HexadecimalText(CompatibilityData.decompositions)
        while let scalar = list.number() {
            let start = parts.count
            places[scalar] = UInt32(start)
            parts.append(0)
            while list.skip("=") || list.skip("+"), let part = list.number() { parts.append(part) }
            parts[start] = UInt32(parts.count - start - 1)
        }
        var runs = HexadecimalText(CompatibilityData.classes)
        while let first = runs.number(), runs.skip("-"), let last = runs.number(), runs.skip(":"),
            let order = runs.number()
        {
            for scalar in first...last { classes[scalar] = order }
        }
        var ranges = HexadecimalText(CompatibilityData.marks)
        while let first = ranges.number() {
            let last = ranges.skip("-") ? ranges.number() ?? first : first
            for scalar in first...last { marks[scalar] = 1 }
        }
        (self.places, self.parts, self.classes, self.marks) = (places, parts, classes, marks)
    }

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

    /// The canonical combining class; 0 for a starter.
    func order(of scalar: UInt32) -> UInt32 { classes[scalar] }

    /// Whether StripAccents removes a scalar: marks of every kind.
    func isMark(_ scalar: UInt32) -> Bool { marks[scalar] == 1 }
}
