// SPDX-License-Identifier: Apache-2.0

/// What the encoders of a worker have done, and what they were spared.
public struct EncoderWork: Sendable, Equatable {
    /// Texts that were encoded.
    public let texts: Int
    /// Tokens of these texts.
    public let tokens: Int
    /// How long that took, in seconds, all encoders added up.
    public let seconds: Double
    /// Texts that the cache had an answer to, or that waited for the answer to the same text.
    public let cached: Int
}
