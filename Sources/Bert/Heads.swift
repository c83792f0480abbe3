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

/// Logits over the vocabulary at one position: decoder(norm(gelu(transform(x)))).
struct MaskedLMHead: Sendable {
    let transform: Linear
    let norm: LayerNorm
    let decoder: Linear

    /// Computes `[vocabulary]` from one position's hidden state `[C]`.
    func logits(_ state: UnsafePointer<Float>, kernels: Kernels) -> [Float] {
        var transformed = [Float](repeating: 0, count: transform.outputs)
        var logits = [Float](repeating: 0, count: decoder.outputs)
        transformed.withUnsafeMutableBufferPointer { transformed in
            guard let x = transformed.baseAddress else { return }
            transform.apply(rows: 1, state, stride: transform.inputs, to: x)
            kernels.table.pointee.gelu_f32(transformed.count, x)
            norm.apply(rows: 1, x, residual: nil, to: x)
            logits.withUnsafeMutableBufferPointer { logits in
                guard let y = logits.baseAddress else { return }
                decoder.apply(rows: 1, x, stride: decoder.inputs, to: y)
            }
        }
        return logits
    }
}
