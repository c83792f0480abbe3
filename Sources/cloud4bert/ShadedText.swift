// SPDX-License-Identifier: Apache-2.0
import Bert

/// A text on a terminal, its words shaded by what they weigh: for the label on green, against it on red, in three depths.
struct ShadedText {
    let text: String
    let words: [WordWeight]

    /// Colours of the 256 that xterm has, light to deep.
    private static let supporting = [22, 28, 34]
    private static let opposing = [52, 88, 124]
    /// What weighs less is left as it is.
    private static let least: Float = 0.02

    /// The text with the control sequences of ECMA-48. Those that the text itself has are shown as they are spelt.
    var line: String {
        let scalars = Array(text.unicodeScalars)
        let heaviest = words.map { abs($0.weight) }.max() ?? 0
        var (line, at) = ("", 0)
        for word in words.sorted(by: { $0.place.lowerBound < $1.place.lowerBound }) {
            line += Self.visible(scalars[at..<max(word.place.lowerBound, at)])
            let own = Self.visible(scalars[max(word.place.lowerBound, at)..<max(word.place.upperBound, at)])
            line += Self.colour(word.weight, of: heaviest).map { "\u{1B}[48;5;\($0);97m\(own)\u{1B}[0m" } ?? own
            at = max(word.place.upperBound, at)
        }
        return line + Self.visible(scalars[at...])
    }

    private static func colour(_ weight: Float, of heaviest: Float) -> Int? {
        guard abs(weight) >= least else { return nil }
        let depth = min(Int(abs(weight) / heaviest * 3), 2)
        return weight > 0 ? supporting[depth] : opposing[depth]
    }

    /// Scalars of a text, its control characters as escapes: a text must not be able to command the terminal.
    private static func visible(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        scalars.map { scalar in
            scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }
}
