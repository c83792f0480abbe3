// SPDX-License-Identifier: Apache-2.0
import Bert

/// What the model says of one text.
struct Verdict: Sendable, Equatable {
    /// All labels with their scores, highest first.
    let ranking: [LabelScore]
    /// Tokens that the model read, [CLS] and [SEP] included, over all windows.
    let tokens: Int
    /// Whether the text was longer than that.
    let isTruncated: Bool
}

/// Makes verdicts of logits. Pure.
struct Tag: Sendable {
    let model: Model

    /// Logits of one sequence.
    var labelCount: Int { model.architecture.labels.count }

    /// Says what the logits `[encoding.sequences.count, labelCount]` of a text mean.
    func callAsFunction(_ logits: ArraySlice<Float>, of encoding: Encoding) throws(Rejection) -> Verdict {
        let ranking = model.ranking(of: logits, for: encoding)
        guard ranking.allSatisfy(\.score.isFinite) else {
            throw Rejection(.inference, in: .encode, "the model's scores are not finite numbers")
        }
        return Verdict(ranking: ranking, tokens: encoding.tokenCount, isTruncated: encoding.isTruncated)
    }
}
