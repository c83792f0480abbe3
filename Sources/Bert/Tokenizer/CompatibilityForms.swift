// SPDX-License-Identifier: Apache-2.0

/// `CompatibilityData` in a form that answers fast: what scalars decompose to, which are marks, and how marks are ordered.
final class CompatibilityForms: Sendable {
    /// Read once, on first use.
    static let shared = CompatibilityForms()

    private let decompositions = Decompositions(CompatibilityData.decompositions)
    /// The canonical combining class.
    private let classes: ScalarMap
    /// 1 for what StripAccents removes.
    private let marks: ScalarMap

    private init() {
        var (classes, marks) = (ScalarMap(), ScalarMap())
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
        (self.classes, self.marks) = (classes, marks)
    }

    /// Hands over what a scalar decomposes to, itself where it does not.
    func decompose(_ scalar: UInt32, _ body: (UInt32) -> Void) { decompositions.decompose(scalar, body) }

    /// The canonical combining class; 0 for a starter.
    func order(of scalar: UInt32) -> UInt32 { classes[scalar] }

    /// Whether StripAccents removes a scalar: marks of every kind.
    func isMark(_ scalar: UInt32) -> Bool { marks[scalar] == 1 }
}
