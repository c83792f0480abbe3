// SPDX-License-Identifier: Apache-2.0

/// Logits over labels from the first token: classifier(activation(pooler(x))).
struct ClassifierHead: Sendable {
    let pooler: Linear
    let activation: PoolerActivation
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
        classifier.apply(rows: rows, pooled, stride: width, to: logits)
    }
}
