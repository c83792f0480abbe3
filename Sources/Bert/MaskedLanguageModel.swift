// SPDX-License-Identifier: Apache-2.0

/// Scores every token of the vocabulary at chosen positions of a text, on the thread that calls it.
public final class MaskedLanguageModel {
    /// The model that this runs.
    public let model: Model
    private let encoder: Encoder
    private let head: MaskedLMHead

    /// Reserves the memory that it takes; refuses a model without a masked-LM head.
    public init(model: Model) throws(ModelError) {
        guard case .maskedLM(let head) = model.head else {
            throw model.lacks("masked-LM head", needs: "BertForMaskedLM or DistilBertForMaskedLM")
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
        var logits: [[Float]] = []
        encoder.encode(TokenBatch([ids])) { states in
            logits = positions.map { head.logits(states.rows + $0 * states.width, kernels: model.kernels) }
        }
        return logits
    }
}
