// SPDX-License-Identifier: Apache-2.0

/// The blocks of a model with the scratch memory that running them takes.
///
/// Legend: T = tokens of a chunk, C = width, F = feed-forward width.
protocol Blocks: AnyObject {
    /// Runs some of the blocks over all tokens, in place.
    func run(_ layers: Range<Int>, _ states: HiddenStates)

    /// The last block's queries `[T, C]`, and its keys and values `[T, 2C]` side by side, as `run` over all blocks left them.
    var queries: UnsafePointer<Float> { get }
    var keysAndValues: UnsafePointer<Float> { get }

    /// Runs what the first tokens of the texts need of the other tokens in a block, its attention, right after `run` over
    /// blocks that end before it.
    ///
    /// - Parameters:
    ///   - hidden: `[texts, C]`, to be the first tokens' hidden states before the block.
    ///   - context: `[texts, C]`, to be what they attend to in it.
    func attend(
        in layer: Int,
        _ states: HiddenStates,
        hidden: UnsafeMutablePointer<Float>,
        context: UnsafeMutablePointer<Float>
    )

    /// Runs the rest of a block on what `attend` gave: `hidden[rows, C]` in place, from `context[rows, C]`.
    func finish(_ layer: Int, rows: Int, hidden: UnsafeMutablePointer<Float>, context: UnsafeMutablePointer<Float>)
}

extension BlockNumbers {
    /// The blocks of a model, by where its norms stand.
    static func blocks(
        _ layers: [Layer<LinearLayer>],
        _ architecture: Architecture,
        bias: RelativeBias?,
        tokens: Int,
        _ scratch: Scratch,
        kernels: Kernels
    ) -> any Blocks {
        if architecture.encoder.normsFirst {
            return NormFirstBlocks<Self>(layers, architecture, tokens: tokens, scratch, kernels: kernels)
        }
        return EncoderBlocks<Self>(layers, architecture, bias: bias, tokens: tokens, scratch, kernels: kernels)
    }
}

/// The numbers that blocks multiply, with the memory for them. What stands between products is f32 in all: what a token
/// adds to its hidden state, and its norm.
protocol BlockNumbers {
    associatedtype LinearLayer: Sendable

    /// How many tokens of whole texts go through together best.
    static var chunkTokens: Int { get }
    /// Rows that go through the two feed-forward products together: few enough that what is between them stays in the cache.
    var feedForwardRows: Int { get }

    /// Reserves memory for `tokens` rows of products.
    init(_ architecture: Architecture, tokens: Int, _ scratch: Scratch, kernels: Kernels)

    /// The attention that goes with them.
    static func attention(
        _ architecture: Architecture,
        bias: RelativeBias?,
        _ scratch: Scratch,
        kernels: Kernels
    ) -> any TextAttention

    /// Makes `x[rows, C]` ready to be multiplied by a layer, and by others with the same input.
    func prepare(rows: Int, _ x: UnsafePointer<Float>, for layer: LinearLayer?)

    /// Computes a layer of x, which `prepare` or `normalise` made ready.
    func multiply(_ layer: LinearLayer, rows: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>)

    /// Computes output(activation(intermediate(x))) of rows of x that were made ready, of which the first is `row`.
    func feedForward(
        _ layer: Layer<LinearLayer>,
        from row: Int,
        rows: Int,
        _ x: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    )

    /// Computes x = norm(update + x) of rows of which the first is `row`, and makes them ready for a layer.
    func normalise(
        _ norm: LayerNorm,
        from row: Int,
        rows: Int,
        _ update: UnsafePointer<Float>,
        to x: UnsafeMutablePointer<Float>,
        for layer: LinearLayer?
    )
}
