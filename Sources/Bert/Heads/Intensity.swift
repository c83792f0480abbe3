// SPDX-License-Identifier: Apache-2.0

/// How negative or positive a text is: five steps, and the number that they are made of.
///
/// The step never contradicts the label: it lies on the label's side, and is a `very` one where the model is sure of that
/// side, which says as much as the scores are calibrated.
public struct Intensity: Sendable, Equatable {
    /// A step of the scale.
    public enum Step: String, Sendable, CaseIterable {
        case veryNegative = "very_negative"
        case negative
        case neutral
        case positive
        case veryPositive = "very_positive"
    }

    /// The score of `positive` less that of `negative`: -1 to 1.
    public let polarity: Float
    /// The step on which the text stands.
    public let step: Step

    /// How far from 0 the polarity of a `very` step is.
    private static let threshold: Float = 0.75

    /// - Parameter ranking: highest score first; nil comes out where the labels are not just `negative`, `neutral` and
    ///   `positive`, in any case, or these without the middle one.
    public init?(_ ranking: [LabelScore]) {
        func score(_ label: String) -> Float? { ranking.first { $0.label.lowercased() == label }?.score }
        guard let negative = score("negative"), let positive = score("positive"),
            let best = ranking.first?.label.lowercased(),
            ranking.count == 2 || ranking.count == 3 && score("neutral") != nil
        else { return nil }
        polarity = positive - negative
        switch best {
        case "negative": step = polarity <= -Self.threshold ? .veryNegative : .negative
        case "positive": step = polarity >= Self.threshold ? .veryPositive : .positive
        default: step = .neutral
        }
    }
}
