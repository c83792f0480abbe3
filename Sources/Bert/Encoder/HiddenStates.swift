// SPDX-License-Identifier: Apache-2.0

/// The hidden states of one chunk of a batch, valid while the call that hands them over lasts.
struct HiddenStates {
    /// Which texts of the batch these are.
    let texts: Range<Int>
    /// Where each begins in the batch's ids, and where the last ends.
    let starts: ArraySlice<Int>
    /// `[T, C]`.
    let rows: UnsafeMutablePointer<Float>
    /// C.
    let width: Int

    /// T: tokens of all these texts.
    var count: Int { starts[texts.upperBound] - starts[texts.lowerBound] }

    /// The row of a text's first token.
    func row(of text: Int) -> Int { starts[text] - starts[texts.lowerBound] }

    /// Tokens of a text.
    func length(of text: Int) -> Int { starts[text + 1] - starts[text] }

    /// Copies the rows of the texts' first tokens to `[texts, C]`.
    func copyFirst(to first: UnsafeMutablePointer<Float>) {
        for (index, text) in texts.enumerated() {
            (first + index * width).update(from: rows + row(of: text) * width, count: width)
        }
    }
}
