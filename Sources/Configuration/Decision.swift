// SPDX-License-Identifier: Apache-2.0
package import Settings

/// What is to be done about a record, by the scores of its labels; the first that applies.
package enum Decision: String, Sendable, CaseIterable {
    /// It is not to be shown before somebody has looked at it.
    case hold
    /// It may be shown, and somebody is to look at it.
    case flag
    /// The model is not sure enough to decide.
    case review
    /// None of these.
    case pass
    /// The model cannot read the text.
    case unscored
    /// The record came too late.
    case stale

    /// The setting that has the thresholds of the decision; nil where it has none.
    package var setting: Setting<ScoreBands>? {
        switch self {
        case .hold: Settings.decisionHold
        case .flag: Settings.decisionFlag
        case .review: Settings.decisionReview
        case .pass, .unscored, .stale: nil
        }
    }

    /// What scores lead to.
    package static let ofScores: [Decision] = [.hold, .flag, .review, .pass]
}
