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
