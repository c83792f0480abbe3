// SPDX-License-Identifier: Apache-2.0

/// Gives the hidden states of texts, on the thread that calls it. Every model has these, whatever its head.
public final class FeatureExtractor {
    /// One vector for a whole text.
    public enum Pooling: String, Sendable, CaseIterable {
        /// The first token's hidden state.
        case cls
        /// The mean over all tokens, [CLS] and [SEP] included, as sentence encoders take it.
        case mean
    }

    /// The model that this runs.
    public let model: Model
    private let encoder: Encoder

    /// Reserves the memory that extracting features with `model` takes.
    public init(model: Model) {
        self.model = model
        encoder = Encoder(model: model)
    }

    /// Computes the hidden states of one text.
    ///
    /// - Parameters:
    ///   - ids: the text, [CLS] and [SEP] included, at most `model.maxTokens` tokens.
    ///   - layers: after how many blocks; nil for the last, 0 for the embeddings.
    /// - Returns: `[tokens, width]`, row-major.
    public func features(_ ids: [Int32], layers: Int? = nil) -> [Float] {
        var features: [Float] = []
        encoder.encode(TokenBatch([ids]), layers: layers) { states in
            features = Array(UnsafeBufferPointer(start: states.rows, count: states.count * states.width))
        }
        return features
    }

    /// Pools one text's features `[tokens, width]` into `[width]`.
    public func pool(_ features: [Float], by pooling: Pooling) -> [Float] {
        let width = model.architecture.width
        switch pooling {
        case .cls:
            return Array(features.prefix(width))
        case .mean:
            let rows = features.count / width
            return (0..<width).map { column in
                // Summed in double: a mean of 512 rows keeps all of a float's digits.
                let sum = (0..<rows).reduce(0.0) { $0 + Double(features[$1 * width + column]) }
                return Float(sum / Double(rows))
            }
        }
    }
}
