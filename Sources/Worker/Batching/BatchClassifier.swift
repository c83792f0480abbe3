// SPDX-License-Identifier: Apache-2.0
import Bert

/// Scores batches of texts on the thread that calls it.
protocol BatchClassifier {
    /// Appends the rows `[batch.count, model.rowWidth]`, in batch order.
    func appendRows(of batch: TokenBatch, to rows: inout [Float])
}

extension Classifier: BatchClassifier {}
