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
            throw model.architecture.lacks("masked-LM head", needs: .maskedLM, in: model.directory)
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
        withLastBlock(of: TokenBatch([ids])) { block in
            logits = positions.map { position in
                [Float](unsafeUninitializedCapacity: vocabulary) { row, count in
                    guard let start = row.baseAddress else { return }
                    self.logits(rows: 1, block.hidden + position * model.architecture.width, to: start)
                    count = vocabulary
                }
            }
        }
        return logits
    }

    /// What the last block computed of some texts.
    package struct LastBlock {
        /// `[tokens, C]`.
        package let hidden: UnsafePointer<Float>
        /// `[tokens, C]`, and keys and values side by side, `[tokens, 2C]`.
        package let queries: UnsafePointer<Float>
        package let keysAndValues: UnsafePointer<Float>
    }

    /// Hands over what the last block computed of texts that together have at most 1,024 tokens, or of one text.
    package func withLastBlock(of batch: TokenBatch, _ body: (LastBlock) -> Void) {
        encoder.encode(batch) { states in
            precondition(states.texts.count == batch.count, "the texts fit into the encoder at once")
            let blocks = encoder.blocks
            body(LastBlock(hidden: states.rows, queries: blocks.queries, keysAndValues: blocks.keysAndValues))
        }
    }

    /// Computes logits `[rows, vocabulary]` from hidden states `[rows, C]`.
    package func logits(rows: Int, _ states: UnsafePointer<Float>, to logits: UnsafeMutablePointer<Float>) {
        head.logits(rows: rows, states, to: logits, kernels: model.kernels)
    }
}
