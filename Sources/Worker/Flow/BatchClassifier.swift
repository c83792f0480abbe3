// SPDX-License-Identifier: Apache-2.0
import Bert

/// Scores batches of texts on the thread that calls it; each encoder thread has one.
protocol BatchClassifier {
    /// Appends the logits `[batch.count, labels]`, row-major, in batch order.
    func appendLogits(of batch: TokenBatch, to logits: inout [Float])
}

extension Classifier: BatchClassifier {}
