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

    /// Computes `[rows, labels]` from the first tokens' hidden states `[rows, C]`.
    func logits(rows: Int, _ first: UnsafePointer<Float>, kernels: Kernels) -> [Float] {
        let width = pooler.outputs
        var pooled = [Float](repeating: 0, count: rows * width)
        var logits = [Float](repeating: 0, count: rows * classifier.outputs)
        pooled.withUnsafeMutableBufferPointer { pooled in
            guard let x = pooled.baseAddress else { return }
            pooler.apply(rows: rows, first, stride: pooler.inputs, to: x)
            switch activation {
            case .tanh: kernels.table.pointee.tanh_f32(pooled.count, x)
            case .relu: for index in pooled.indices { pooled[index] = max(pooled[index], 0) }
            }
            logits.withUnsafeMutableBufferPointer { logits in
                guard let y = logits.baseAddress else { return }
                classifier.apply(rows: rows, x, stride: width, to: y)
            }
        }
        return logits
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
