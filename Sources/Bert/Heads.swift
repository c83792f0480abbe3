// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// What a model computes from its last hidden states.
enum Head: Sendable {
    case classifier(ClassifierHead)
    case maskedLM(MaskedLMHead)
    case none
}

/// Logits over labels from the first token: classifier(activation(pooler(x))).
struct ClassifierHead: Sendable {
    /// BERT's pooler ends in tanh, DistilBERT's `pre_classifier` in ReLU.
    enum Activation: Sendable {
        case tanh
        case relu
    }

    let pooler: Linear
    let activation: Activation
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
        switch activation {
        case .tanh: kernels.table.pointee.tanh_f32(rows * width, pooled)
        case .relu: for index in 0..<rows * width { pooled[index] = max(pooled[index], 0) }
        }
        classifier.apply(rows: rows, pooled, stride: width, to: logits)
    }
}

/// Logits over the vocabulary: decoder(norm(gelu(transform(x)))).
struct MaskedLMHead: Sendable {
    let transform: Linear
    let norm: LayerNorm
    let decoder: Linear

    /// Computes `[rows, vocabulary]` from hidden states `[rows, C]`.
    func logits(rows: Int, _ states: UnsafePointer<Float>, to logits: UnsafeMutablePointer<Float>, kernels: Kernels) {
        let transformed = FloatBuffer(reserving: rows * transform.outputs)
        transform.apply(rows: rows, states, stride: transform.inputs, to: transformed.start)
        kernels.table.pointee.gelu_f32(rows * transform.outputs, transformed.start)
        norm.apply(rows: rows, transformed.start, residual: nil, to: transformed.start)
        decoder.apply(rows: rows, transformed.start, stride: decoder.inputs, to: logits)
    }
}
