// SPDX-License-Identifier: Apache-2.0
import Bert

/// What was tagged, and how, for those who look at it when the result has been handed on.
struct TaggedText: Sendable {
    let text: String
    let encoding: Encoding
    let prediction: Prediction
}
