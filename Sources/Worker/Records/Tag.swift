// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration

/// What a record is tagged with.
struct Tag: Sendable {
    /// nil where the model cannot read the text.
    let prediction: Prediction?
    /// By the thresholds; where there are none, the label that holds, or `none`.
    let decision: String
    /// Why there is no prediction.
    let reason: String?
    /// Tokens of the text, and whether it was longer than that.
    let tokens: Int
    let isTruncated: Bool
    let model: ModelTag

    init(_ prediction: Prediction, decision: Decision?, by model: ModelTag) {
        self.prediction = prediction
        self.decision = decision?.rawValue ?? prediction.holding ?? Prediction.noLabel
        reason = nil
        (tokens, isTruncated) = (prediction.tokens, prediction.isTruncated)
        self.model = model
    }

    /// The model says nothing of the text.
    /// - Parameter encoding: nil where the text was not looked at either.
    init(unscored reason: Unscored, _ encoding: Encoding?, by model: ModelTag) {
        prediction = nil
        decision = (reason == .age ? Decision.stale : .unscored).rawValue
        self.reason = reason.rawValue
        (tokens, isTruncated) = (encoding?.tokenCount ?? 0, encoding?.isTruncated ?? false)
        self.model = model
    }
}
