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
            .flatMap { name in
                let hasBias = name == names.classifier || architecture.encoder.biases.pooler
                return hasBias ? [name + ".weight", name + ".bias"] : [name + ".weight"]
            }.joined(separator: ", ")
        return architecture.lacks(
            "classifier (the tensors \(missing) are missing)",
            needs: .sequenceClassification,
            in: directory
        )
    }

    /// Computes the logits of each text, and behind them how many layers it went through.
    ///
    /// - Parameter batch: texts of at most `model.maxTokens` tokens; any number of them, also none.
    /// - Returns: `[batch.count, model.rowWidth]`, row-major, in batch order. A text's row does not depend on the others.
    public func rows(_ batch: TokenBatch) -> [Float] {
        var rows: [Float] = []
        appendRows(of: batch, to: &rows)
        return rows
    }

    /// The logits alone, `[batch.count, labels]`.
    public func logits(_ batch: TokenBatch) -> [Float] {
        let rows = rows(batch)
        let labels = head.classifier.outputs
        return (0..<batch.count).flatMap { rows[$0 * model.rowWidth..<$0 * model.rowWidth + labels] }
    }

    /// The same as `rows`, appended to what has perhaps room for it already: then nothing is allocated, but for which texts
    /// leave early.
    public func appendRows(of batch: TokenBatch, to rows: inout [Float]) {
        let start = rows.count
        rows.append(contentsOf: repeatElement(0, count: batch.count * model.rowWidth))
        rows.withUnsafeMutableBufferPointer { all in
            guard let rows = all.baseAddress, batch.count > 0 else { return }
            encode(batch, to: rows + start)
        }
    }

    private func encode(_ batch: TokenBatch, to rows: UnsafeMutablePointer<Float>) {
        let layers = model.depth
        guard let exit = model.exit else {
            var next = 0
            encoder.encodePooled(batch) { texts, first in
                score(next..<next + texts, first, head, layers: layers, to: rows)
                next += texts
            }
            return
        }
        encoder.encodeFirst(batch, leavingAfter: exit.layer) { texts, first in
            score(texts, first, exit.head, layers: exit.layer, to: rows)
            return texts.map { text in
                let logits = UnsafeBufferPointer(start: rows + text * model.rowWidth, count: head.classifier.outputs)
                return (ScoreFunction.softmax(Array(logits)).max() ?? 0) >= exit.confidence
            }
        } _: { texts, first in
            score(texts, first, head, layers: layers, to: rows)
        }
    }

    /// Writes the rows of texts of which these are the first tokens' hidden states, `[texts, C]`.
    private func score(
        _ texts: some Collection<Int>,
        _ first: UnsafePointer<Float>,
        _ head: ClassifierHead,
        layers: Int,
        to rows: UnsafeMutablePointer<Float>
    ) {
        let labels = head.classifier.outputs
        head.logits(rows: texts.count, first, pooled: pooled.start, to: scores.start, kernels: model.kernels)
        for (index, text) in texts.enumerated() {
            let row = rows + text * model.rowWidth
            row.update(from: scores.start + index * labels, count: labels)
            row[labels] = Float(layers)
        }
    }
}
