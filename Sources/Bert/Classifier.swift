// SPDX-License-Identifier: Apache-2.0

/// Scores texts against the labels of a model, on the thread that calls it.
public final class Classifier {
    /// The model that this classifier runs.
    public let model: Model
    private let encoder: Encoder
    private let head: ClassifierHead

    /// Reserves the memory that classifying with `model` takes; refuses a model without a classifier.
    public init(model: Model) throws(ModelError) {
        guard case .classifier(let head) = model.head else {
            throw model.lacks(
                "classifier",
                needs: "BertForSequenceClassification or DistilBertForSequenceClassification"
            )
        }
        self.model = model
        self.head = head
        encoder = Encoder(model: model)
    }

    /// Computes the logits of each text.
    ///
    /// - Parameter batch: texts of at most `model.maxTokens` tokens; any number of them, also none.
    /// - Returns: `[batch.count, labels]`, row-major, in batch order. A text's row does not depend on the others.
    public func logits(_ batch: TokenBatch) -> [Float] {
        var logits: [Float] = []
        logits.reserveCapacity(batch.count * model.architecture.labels.count)
        encoder.encodeFirst(batch) { texts, first in
            logits += head.logits(rows: texts, first, kernels: model.kernels)
        }
        return logits
    }
}
