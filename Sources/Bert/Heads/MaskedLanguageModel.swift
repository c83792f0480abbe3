// SPDX-License-Identifier: Apache-2.0
public import Files

/// Scores every token of the vocabulary at chosen positions of a text, on the thread that calls it.
public final class MaskedLanguageModel {
    /// The model that this runs.
    public let model: Model
    private let encoder: Encoder
    private let head: MaskedLMHead

    /// Reserves the memory that it takes; refuses a model without a masked-LM head.
    public init(model: Model) throws(FileError) {
        guard case .maskedLM(let head) = model.head else {
            throw model.lacks("masked-LM head", needs: .maskedLM)
        }
        self.model = model
        self.head = head
        encoder = Encoder(model: model)
    }

    /// Computes the logits at some positions of one text.
    ///
    /// - Parameters:
    ///   - ids: the text, [CLS] and [SEP] included, at most `model.maxTokens` tokens.
    ///   - positions: indices in `ids`.
    /// - Returns: `[vocabulary]` for each position.
    public func logits(_ ids: [Int32], at positions: [Int]) -> [[Float]] {
        let vocabulary = model.architecture.vocabularySize
        var logits: [[Float]] = []
        withHiddenStates(of: TokenBatch([ids])) { states in
            logits = positions.map { position in
                [Float](unsafeUninitializedCapacity: vocabulary) { row, count in
                    guard let start = row.baseAddress else { return }
                    self.logits(rows: 1, states + position * model.architecture.width, to: start)
                    count = vocabulary
                }
            }
        }
        return logits
    }

    /// Hands over the last hidden states `[tokens, C]` of texts that together have at most 1,024 tokens, or of one text.
    package func withHiddenStates(of batch: TokenBatch, _ body: (UnsafePointer<Float>) -> Void) {
        encoder.encode(batch) { states in
            precondition(states.texts.count == batch.count, "the texts fit into the encoder at once")
            body(states.rows)
        }
    }

    /// Computes logits `[rows, vocabulary]` from hidden states `[rows, C]`.
    package func logits(rows: Int, _ states: UnsafePointer<Float>, to logits: UnsafeMutablePointer<Float>) {
        head.logits(rows: rows, states, to: logits, kernels: model.kernels)
    }
}
