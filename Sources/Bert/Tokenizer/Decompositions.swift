// SPDX-License-Identifier: Apache-2.0

/// What scalars decompose to: those of a list, and Hangul's syllables by their rule.
struct Decompositions: Sendable {
    /// Where in `parts` the decomposition of a scalar begins, 0 for those that stay; its count stands there.
    private var places = ScalarMap()
    private var parts: [UInt32] = [0]

    /// Reads `scalar=part+part…`, in hexadecimal.
    init(_ list: StaticString) {
        var list = HexadecimalText(list)
        while let scalar = list.number() {
            var decomposition: [UInt32] = []
            while list.skip("=") || list.skip("+"), let part = list.number() { decomposition.append(part) }
            add(scalar, decomposition)
        }
    }

    mutating func add(_ scalar: UInt32, _ decomposition: [UInt32]) {
        places[scalar] = UInt32(parts.count)
        parts.append(UInt32(decomposition.count))
        parts += decomposition
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
}
