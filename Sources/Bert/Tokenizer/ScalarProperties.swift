// SPDX-License-Identifier: Apache-2.0

/// `UnicodeData` in a form that answers in a few nanoseconds: one byte of flags per scalar, and what becomes of those
/// scalars that accent stripping or lowercasing changes.
final class ScalarProperties: Sendable {
    /// Read once, on first use, in less than a millisecond.
    static let shared = ScalarProperties()

    static let control: UInt8 = 1 << 0
    static let whitespace: UInt8 = 1 << 1
    static let punctuation: UInt8 = 1 << 2
    static let ideograph: UInt8 = 1 << 3
    /// Nothing is left of it under accent stripping.
    static let dropped: UInt8 = 1 << 4
    /// Something else is left of it under accent stripping.
    static let decomposes: UInt8 = 1 << 5
    static let lowercases: UInt8 = 1 << 6
    /// Its canonical combining class is not 0: it may change places with its neighbours in canonical order.
    static let reorders: UInt8 = 1 << 7

    /// `[0x110000]`, indexed by scalar.
    let flags: [UInt8]
    /// Scalars that become one other scalar under accent stripping; 0 for all others.
    let bases: ScalarMap
    /// Scalars that become several under accent stripping, Hangul syllables aside.
    let sequences: [UInt32: [UInt32]]
    /// Scalars that become one other scalar in lower case; 0 for all others.
    let lowercase: ScalarMap
    /// The combining class of the marks that accent stripping keeps.
    let classes: [UInt32: UInt8]

    private init() {
        var flags = [UInt8](repeating: 0, count: 0x11_0000)
        func set(_ flag: UInt8, _ ranges: StaticString) {
            var text = HexadecimalText(ranges)
            while let first = text.number() {
                let last = text.skip("-") ? text.number() ?? first : first
                for scalar in first...last { flags[Int(scalar)] |= flag }
            }
        }
        set(Self.control, UnicodeData.control)
        set(Self.whitespace, UnicodeData.whitespace)
        set(Self.punctuation, UnicodeData.punctuation)
        set(Self.ideograph, UnicodeData.ideographs)
        // Of the dropped ones, all but `droppedStarters` reorder. The two lists share no scalar with `keptMarks`.
        set(Self.dropped | Self.reorders, UnicodeData.dropped)
        var starters = HexadecimalText(UnicodeData.droppedStarters)
        while let first = starters.number() {
            let last = starters.skip("-") ? starters.number() ?? first : first
            for scalar in first...last { flags[Int(scalar)] &= ~Self.reorders }
        }

        var classes: [UInt32: UInt8] = [:]
        var marks = HexadecimalText(UnicodeData.keptMarks)
        while let mark = marks.number(), marks.skip(":"), let order = marks.number() {
            flags[Int(mark)] |= Self.reorders
            classes[mark] = UInt8(order)
        }

        var lowercase = ScalarMap()
        var runs = HexadecimalText(UnicodeData.lowercase)
        while let first = runs.number(), runs.skip("-"), let last = runs.number(), runs.skip(":"),
            let step = runs.number()
        {
            let down = runs.skip("-")
            _ = runs.skip("+")
            guard let delta = runs.number() else { break }
            for scalar in stride(from: first, through: last, by: Int(step)) {
                flags[Int(scalar)] |= Self.lowercases
                lowercase[scalar] = down ? scalar - delta : scalar + delta
            }
        }
        flags[0x130] |= Self.lowercases

        var sequences: [UInt32: [UInt32]] = [:]
        var list = HexadecimalText(UnicodeData.sequences)
        while let scalar = list.number() {
            var parts: [UInt32] = []
            while list.skip("=") || list.skip("+"), let part = list.number() { parts.append(part) }
            flags[Int(scalar)] |= Self.decomposes
            sequences[scalar] = parts
        }
        for scalar in Hangul.syllables { flags[scalar] |= Self.decomposes }

        var bases = ScalarMap()
        var lines = HexadecimalText(UnicodeData.bases)
        while let first = lines.number() {
            var scalar = first
            while let base = lines.letter() {
                if base != "-" {
                    flags[Int(scalar)] |= Self.decomposes
                    bases[scalar] = base.value
                }
                scalar += 1
            }
        }

        self.flags = flags
        self.bases = bases
        self.sequences = sequences
        self.lowercase = lowercase
        self.classes = classes
    }

    /// Whether the regular expression `\w` matches the scalar: letters, marks, digits, connectors and joiners (UTS 18).
    ///
    /// Hugging Face asks a regular expression of Unicode 16 here, with which the standard library agrees on all scalars
    /// that Unicode 16 knows.
    static func isWordCharacter(_ scalar: UInt32) -> Bool {
        guard let properties = Unicode.Scalar(scalar)?.properties, let age = properties.age, age.major <= 16 else {
            return false
        }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return properties.isAlphabetic || properties.isJoinControl
        }
    }
}
