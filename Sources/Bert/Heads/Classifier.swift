// SPDX-License-Identifier: Apache-2.0
public import Files

/// Scores texts against the labels of a model, on the thread that calls it.
public final class Classifier {
    /// The model that this classifier runs.
    public let model: Model
    private let encoder: Encoder
    private let head: ClassifierHead
    /// `[texts of a chunk, C]` and `[texts of a chunk, labels]`.
    private let pooled: FloatBuffer
    private let scores: FloatBuffer

    /// Reserves the memory that classifying with `model` takes; refuses a model without a classifier.
    public convenience init(model: Model) throws(FileError) { try self.init(model: model, Scratch()) }

    /// The bytes that a classifier of this model keeps to compute in; batches take none besides.
    public static func scratchBytes(for model: Model) throws(FileError) -> Int {
        let scratch = Scratch(measures: true)
        _ = try Classifier(model: model, scratch)
        return scratch.bytes
    }

    init(model: Model, _ scratch: Scratch) throws(FileError) {
        guard case .classifier(let head) = model.head else {
            throw Self.lacking(model.architecture, model.directory)
        }
        self.model = model
        self.head = head
        encoder = Encoder(model: model, scratch)
        pooled = scratch.floats(encoder.chunkTokens * head.pooler.outputs)
        scores = scratch.floats(encoder.chunkTokens * head.classifier.outputs)
    }

    /// The error for a directory with a model of another task: what a classifier has and it has not.
    static func lacking(_ architecture: Architecture, _ directory: String) -> FileError {
        let names = ParameterNames(architecture)
        // Where the pooler is part of the encoder, a bare one is saved with it.
        let hasPooler = architecture.plan.parameters.heads.poolerIsInEncoder && architecture.task == .bare
        let missing = (hasPooler ? [names.classifier] : [names.pooler, names.classifier])
            .flatMap { [$0 + ".weight", $0 + ".bias"] }.joined(separator: ", ")
        return architecture.lacks(
            "classifier (the tensors \(missing) are missing)",
            needs: .sequenceClassification,
            in: directory
        )
    }

    /// Computes the logits of each text.
    ///
    /// - Parameter batch: texts of at most `model.maxTokens` tokens; any number of them, also none.
    /// - Returns: `[batch.count, labels]`, row-major, in batch order. A text's row does not depend on the others.
    public func logits(_ batch: TokenBatch) -> [Float] {
        var logits: [Float] = []
        appendLogits(of: batch, to: &logits)
        return logits
    }

    /// The same, appended to what has perhaps room for it already: then nothing is allocated.
    public func appendLogits(of batch: TokenBatch, to logits: inout [Float]) {
        let labels = head.classifier.outputs
        logits.reserveCapacity(logits.count + batch.count * labels)
        encoder.encodeFirst(batch) { texts, first in
            head.logits(rows: texts, first, pooled: pooled.start, to: scores.start, kernels: model.kernels)
            logits.append(contentsOf: UnsafeBufferPointer(start: scores.start, count: texts * labels))
        }
    }
}
