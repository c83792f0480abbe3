// SPDX-License-Identifier: Apache-2.0
import Bert

/// What a classifier beside the main one says of a text.
struct MorePrediction: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        case scored(Prediction)
        /// Its vocabulary does not cover the text.
        case unscored
        /// It has no result, which is no matter to the others'.
        case failed(Rejection)
    }

    let name: String
    let outcome: Outcome
    let model: ModelTag

    /// nil where it says nothing.
    var prediction: Prediction? { if case .scored(let prediction) = outcome { prediction } else { nil } }
}

extension Prediction {
    /// All scores as thresholds name them: the main classifier's, highest first, and those of the others.
    var namedScores: [LabelScore] { ranking + more.namedScores }

    /// What holds, as routes name it: one label of each classifier at most.
    var holdingLabels: [String] {
        [holding].compactMap(\.self)
            + more.compactMap { other in other.prediction?.holding.map { "\(other.name).\($0)" } }
    }
}

extension [MorePrediction] {
    /// All scores as thresholds name them.
    var namedScores: [LabelScore] { flatMap { $0.prediction?.ranking.named(by: $0.name) ?? [] } }
}
