// SPDX-License-Identifier: Apache-2.0

/// Logits over labels from a text's row: classifier(norm(activation(pooler(x)))), most families without the norm.
struct ClassifierHead: Sendable {
    let pooler: Linear
    let activation: PoolerActivation
    var norm: LayerNorm?
    let classifier: Linear

    /// Computes `logits[rows, labels]` from the first tokens' hidden states `[rows, C]`, by way of `pooled[rows, C]`.
    func logits(
        rows: Int,
        _ first: UnsafePointer<Float>,
        pooled: UnsafeMutablePointer<Float>,
        to logits: UnsafeMutablePointer<Float>,
        kernels: Kernels
    ) {
        let width = pooler.outputs
        pooler.apply(rows: rows, first, stride: pooler.inputs, to: pooled)
        activation.apply(rows * width, pooled, kernels: kernels)
        norm?.apply(rows: rows, pooled, residual: nil, to: pooled)
        classifier.apply(rows: rows, pooled, stride: width, to: logits)
    }
}
