// SPDX-License-Identifier: Apache-2.0

/// One transformer block: self-attention and feed-forward, each with its residual and layer norm after it. Its linear
/// layers are `Linear` or `QuantisedLinear`.
struct Layer<LinearLayer: Sendable>: Sendable {
    let query: LinearLayer
    /// Keys and values of one input in one product: `[2C, C]`.
    let keyValue: LinearLayer
    let attentionOutput: LinearLayer
    let attentionNorm: LayerNorm
    let intermediate: LinearLayer
    let output: LinearLayer
    let outputNorm: LayerNorm
    /// What its attention knows of positions.
    var positions = LayerPositions.none
}

/// The blocks of a model, in the numbers that they compute with.
enum Layers: Sendable {
    case f32([Layer<Linear>])
    case int8([Layer<QuantisedLinear>])
}
