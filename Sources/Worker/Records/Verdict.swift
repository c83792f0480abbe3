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

    /// Logits of one window.
    var labelCount: Int { model.architecture.labels.count }

    /// Merges the logits of a text's windows into one verdict.
    ///
    /// The windows' logits are averaged, each weighted by its tokens: a short last window says as much as it holds.
    /// - Parameter logits: `[encoding.sequences.count, labelCount]`, row-major.
    func callAsFunction(_ logits: ArraySlice<Float>, of encoding: Encoding) throws(Rejection) -> Verdict {
        var mean = [Float](repeating: 0, count: labelCount)
        let total = Float(encoding.tokenCount)
        for (window, ids) in encoding.sequences.enumerated() {
            let share = encoding.sequences.count == 1 ? 1 : Float(ids.count) / total
            for label in 0..<labelCount {
                mean[label] += logits[logits.startIndex + window * labelCount + label] * share
            }
        }
        guard mean.allSatisfy(\.isFinite) else {
            throw Rejection(.inference, in: .encode, "the model's scores are not finite numbers")
        }
        return Verdict(
            ranking: model.ranking(of: mean),
            tokens: encoding.tokenCount,
            isTruncated: encoding.isTruncated
        )
    }
}
