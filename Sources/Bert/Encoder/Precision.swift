// SPDX-License-Identifier: Apache-2.0

/// The numbers that a model's blocks compute with. Embeddings, norms, softmax and heads are in f32 always.
public enum Precision: String, Sendable, CaseIterable {
    /// Bytes: weights with one scale for each output, activations with one scale for each token.
    case int8
    /// The reference.
    case f32
}
