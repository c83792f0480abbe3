// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration

/// What a record is tagged with.
struct Tag: Sendable {
    /// nil where the model cannot read the text.
    let prediction: Prediction?
    /// By the thresholds; the label where there are none.
    let decision: String
    /// Why there is no prediction.
    let reason: String?
    /// Tokens of the text, and whether it was longer than that.
    let tokens: Int
    let isTruncated: Bool
    let model: ModelTag

    init(_ prediction: Prediction, decision: Decision?, by model: ModelTag) {
        self.prediction = prediction
        self.decision = decision?.rawValue ?? prediction.label
        reason = nil
        (tokens, isTruncated) = (prediction.tokens, prediction.isTruncated)
        self.model = model
    }

    /// The vocabulary does not cover the text.
    init(unscored encoding: Encoding, by model: ModelTag) {
        prediction = nil
        decision = Decision.unscored.rawValue
        reason = "vocabulary"
        (tokens, isTruncated) = (encoding.tokenCount, encoding.isTruncated)
        self.model = model
    }
}
