// SPDX-License-Identifier: Apache-2.0

/// Chooses how large a batch may be and how long it may wait, from what batches are seen to take, so that 99 of 100
/// texts are encoded within a target. Pure: times come in as parameters.
///
/// A text meets three delays: until the encoder that is busy when it comes is free, at most one batch; until its own
/// batch is full or due; and its own batch. Half of the target is for the two batches, a quarter for the wait; the last
/// quarter is for what cannot be foreseen. Where more texts come than the encoders can take, no choice holds a target.
struct BatchPacer {
    private let target: Double
    /// Seconds of a token in a batch: the mean, and the mean distance from it, as Jacobson's estimator smooths both
    /// ("Congestion Avoidance and Control", 1988).
    private var mean = 0.0
    private var deviation = 0.0
    /// Tokens of the batch that a token is in, on average.
    private var size = 0.0

    init(target: Duration) {
        self.target = target / .seconds(1)
    }

    /// What a batch may have, and wait: nothing is known before the first batch, so then it is small and waits for none.
    var limits: (tokens: Int, wait: Duration) {
        guard mean > 0 else { return (Self.leastTokens, .zero) }
        let tokens = target / 4 / (mean + 4 * deviation)
        return (max(Int(min(tokens, 1e9)), 1), .seconds(target / 4))
    }

    /// Tokens of a batch of which nothing is known: one chunk of the encoder.
    private static let leastTokens = 128

    /// A batch was encoded.
    ///
    /// It counts by the square of its tokens, as in a line by least squares through no tokens and no time. What a batch takes
    /// besides its tokens is much to a small one alone: were all to count alike, many small ones, of urgent texts, would make
    /// a token in the others seem to cost several times what it does, and those smaller than they need be.
    mutating func observe(tokens: Int, took duration: Duration) {
        let tokens = Double(max(tokens, 1))
        let cost = duration / .seconds(1) / tokens
        guard mean > 0 else {
            (mean, deviation, size) = (cost, cost / 2, tokens)
            return
        }
        let weight = min(tokens * tokens / (size * size), 1)
        deviation += weight * (abs(cost - mean) - deviation) / 4
        mean += weight * (cost - mean) / 8
        size += weight * (tokens - size) / 8
    }
}
