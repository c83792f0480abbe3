// SPDX-License-Identifier: Apache-2.0

/// Multi-head self-attention, which each text of a chunk pays to itself alone: so that no text pads another, and none
/// changes another's result.
///
/// Legend: t = tokens of the text, T = tokens of the chunk, C = width.
protocol TextAttention {
    /// C.
    var width: Int { get }

    /// Computes one text's `context[queries, C]` from the queries `[queries, C]` of its first tokens, or of all, and
    /// from `keyValue[t, 2C]`, whose rows are keys and values side by side, with what the layer knows of positions.
    func apply(
        tokens: Int,
        queries: Int,
        _ query: UnsafePointer<Float>,
        _ keyValue: UnsafePointer<Float>,
        of layer: LayerPositions,
        to context: UnsafeMutablePointer<Float>
    )
}

extension TextAttention {
    /// Computes `context[T, C]` of all tokens of a chunk from `query[T, C]` and `keyValue[T, 2C]`.
    func apply(
        _ states: HiddenStates,
        _ query: UnsafePointer<Float>,
        _ keyValue: UnsafePointer<Float>,
        of layer: LayerPositions,
        to context: UnsafeMutablePointer<Float>
    ) {
        for text in states.texts {
            let (first, length) = (states.row(of: text), states.length(of: text))
            apply(
                tokens: length,
                queries: length,
                query + first * width,
                keyValue + first * 2 * width,
                of: layer,
                to: context + first * width
            )
        }
    }

    /// Computes `context[texts, C]` of the texts' first tokens from their `query[texts, C]` and `keyValue[T, 2C]`.
    func applyFirst(
        _ states: HiddenStates,
        _ query: UnsafePointer<Float>,
        _ keyValue: UnsafePointer<Float>,
        of layer: LayerPositions,
        to context: UnsafeMutablePointer<Float>
    ) {
        for (index, text) in states.texts.enumerated() {
            apply(
                tokens: states.length(of: text),
                queries: 1,
                query + index * width,
                keyValue + states.row(of: text) * 2 * width,
                of: layer,
                to: context + index * width
            )
        }
    }
}
