// SPDX-License-Identifier: Apache-2.0

/// What a record is tagged with.
struct Tag: Sendable {
    let prediction: Prediction
    /// By the thresholds; the label where there are none.
    let decision: String
    let model: ModelTag
}
