// SPDX-License-Identifier: Apache-2.0

/// How good the results are, as far as moderators' corrections tell.
public struct CorrectionReport: Sendable, Equatable {
    /// How often a label, or a decision, was right, and how many it should have been given.
    public struct Quality: Sendable, Equatable {
        /// The label or the decision.
        public let name: String
        /// Of the corrected results with it, those that have it rightly.
        public let precision: Proportion
        /// Of the corrected results that should have it, those that have it; nil where nothing says which these are.
        public let recall: Proportion?
    }

    /// Corrected results with one label that should have another, or the same.
    public struct Confusion: Sendable, Equatable {
        /// The label of the results; nil where they have none.
        public let said: String?
        /// The label of the corrections.
        public let right: String
        /// How many.
        public let count: Int
    }

    /// A corrected record as an example to learn from.
    public struct Example: Sendable, Equatable {
        /// The text.
        public let text: String
        /// The right label.
        public let label: String
    }

    /// A label of corrections that no result knows: mistyped, or another model's.
    public struct UnknownLabel: Sendable, Equatable {
        /// As it stands in the corrections.
        public let name: String
        /// How many corrections have it.
        public let count: Int
        /// The label that was probably meant; nil if none is like it.
        public let meant: String?
    }

    /// What the cluster cannot do with the bounds that it was asked for; nil if it can do it all.
    public internal(set) var remark: String?
    /// Records of `corrections.topic` that are corrections.
    public internal(set) var corrections = 0
    /// Records of `corrections.topic` that are none.
    public internal(set) var malformed = 0
    /// Results whose newest correction withdraws an earlier one.
    public internal(set) var withdrawn = 0
    /// Labels that corrections were refused for, the most frequent first. No other figure has these corrections in it.
    public internal(set) var unknownLabels: [UnknownLabel] = []
    /// Results that a correction stands on: with the result, and without it.
    public internal(set) var (corrected, withoutResult) = (0, 0)
    /// Tagged records in the output topics; those without a correction; and records that are not tagged.
    public internal(set) var (results, withoutCorrection, untagged) = (0, 0, 0)
    /// Results whose newest correction has such a label.
    public var refused: Int { unknownLabels.reduce(0) { $0 + $1.count } }
    /// Corrected results that have the right label.
    public internal(set) var agreement = Proportion(count: 0, total: 0)
    /// By label, in alphabetical order.
    public internal(set) var labels: [Quality] = []
    /// By decision, in the order in which they are looked at.
    public internal(set) var decisions: [Quality] = []
    /// The most frequent first.
    public internal(set) var confusion: [Confusion] = []
    /// What share of right ones the advice is for.
    public internal(set) var wantedPrecision = 0.0
    /// By label, in alphabetical order.
    public internal(set) var advice: [ThresholdAdvice] = []
    /// Corrected records whose text was asked for and found, in the order of their ids.
    public internal(set) var examples: [Example] = []
}
