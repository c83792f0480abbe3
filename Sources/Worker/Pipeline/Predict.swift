// SPDX-License-Identifier: Apache-2.0
import Bert

/// What the model says of one text.
struct Prediction: Sendable, Equatable {
    /// All labels with their scores, highest first.
    let ranking: [LabelScore]
    /// nil where the scores do not sum to 1.
    let uncertainty: Uncertainty?
    /// Tokens that the model read, [CLS] and [SEP] included, over all windows.
    let tokens: Int
    /// Whether the text was longer than that.
    let isTruncated: Bool

    /// The label with the highest score.
    var label: String { ranking.first?.label ?? "" }
    /// nil where the labels are others than those of sentiment.
    var intensity: Intensity? { uncertainty == nil ? nil : Intensity(ranking) }
}

extension ModelVersion {
    /// Says what the logits `[encoding.sequences.count, labelCount]` of a text mean. Pure.
    func predict(_ logits: ArraySlice<Float>, of encoding: Encoding) throws(Rejection) -> Prediction {
        let ranking = model.ranking(of: logits, for: encoding)
        guard ranking.allSatisfy(\.score.isFinite) else {
            throw Rejection(.inference, in: .encode, "the model's scores are not finite numbers")
        }
        return Prediction(
            ranking: ranking,
            uncertainty: model.scoreFunction == .softmax ? Uncertainty(ranking) : nil,
            tokens: encoding.tokenCount,
            isTruncated: encoding.isTruncated
        )
    }
}
