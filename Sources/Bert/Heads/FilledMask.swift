// SPDX-License-Identifier: Apache-2.0

/// One token for a masked position, as Hugging Face's fill-mask pipeline gives it.
public struct FilledMask: Sendable, Equatable {
    /// The token's share of the softmax over the vocabulary.
    public let score: Float
    /// The token's id.
    public let token: Int32
    /// The token as text.
    public let tokenText: String
    /// The whole text with the token in its place.
    public let sequence: String
}

extension MaskedLanguageModel {
    /// Fills each mask of a text by itself.
    ///
    /// - Parameters:
    ///   - ids: the text, [CLS] and [SEP] included, at most `model.maxTokens` tokens.
    ///   - count: how many tokens to give for each mask.
    /// - Returns: for each mask in the text, the best tokens, the best first.
    public func fill(_ ids: [Int32], count: Int) -> [[FilledMask]] {
        let masks = ids.indices.filter { ids[$0] == model.tokenizer.maskID }
        return zip(masks, logits(ids, at: masks)).map { position, logits in
            let scores = ScoreFunction.softmax(logits)
            let best = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }.prefix(count)
            return best.map { id in
                var filled = ids
                filled[position] = Int32(id)
                // With one mask the special tokens go; with several they stay, or the other masks would go too.
                return FilledMask(
                    score: scores[id],
                    token: Int32(id),
                    tokenText: model.tokenizer.decode([Int32(id)], skippingSpecialTokens: false),
                    sequence: model.tokenizer.decode(filled, skippingSpecialTokens: masks.count == 1)
                )
            }
        }
    }
}
