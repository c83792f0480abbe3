// SPDX-License-Identifier: Apache-2.0

/// The blocks of a model with the scratch memory that running them takes: one implementation for each precision.
///
/// Legend: T = tokens of a chunk, C = width, F = feed-forward width.
protocol Blocks: AnyObject {
    /// How many tokens of whole texts go through together best.
    static var chunkTokens: Int { get }

    /// Runs the first blocks over all tokens, in place.
    func run(layers: Int, _ states: HiddenStates)

    /// Runs what the first tokens of the texts need of the other tokens: all blocks but the last, and the last one's
    /// attention.
    ///
    /// - Parameters:
    ///   - hidden: `[texts, C]`, to be the first tokens' hidden states before the last block.
    ///   - context: `[texts, C]`, to be what they attend to in it.
    func attend(
        _ states: HiddenStates,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    )

    /// Runs the rest of the last block on what `attend` gave: `hidden[rows, C]` in place, from `context[rows, C]`.
    func finish(rows: Int, hidden: UnsafeMutablePointer<Float>, context: UnsafeMutablePointer<Float>)
}

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
