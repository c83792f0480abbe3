// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Settings

/// Which predictions are explained, and how far.
struct Explanations: Sendable {
    let predictions: Explain
    /// How many words a result names.
    let words: Int
    /// How many are weighed by themselves.
    let maxWords: Int

    /// Nothing is explained.
    static let off = Explanations(predictions: .off, words: 0, maxWords: 1)

    /// Whether what the model says of a record is to be explained.
    func includes(_ decision: Decision?) -> Bool {
        switch predictions {
        case .off: false
        case .decided: decision.map { $0 != .pass } ?? false
        case .all: true
        }
    }

    /// What is to be found out of a record; nil if nothing can be, for its text has no words.
    func pending(_ item: InFlight, _ prediction: Prediction, _ decision: Decision?, _ rows: ArraySlice<Float>)
        -> PendingExplanation?
    {
        let version = item.version
        let texts = item.parts.isEmpty ? [item.text] : item.parts.map { item.text.scalars($0.place) }
        let tokenizer = version.model.tokenizer
        guard let occlusion = Occlusion(of: texts, by: tokenizer, within: version.limit, maxWords: maxWords) else {
            return nil
        }
        return PendingExplanation(
            prediction: prediction,
            decision: decision,
            rows: Array(rows),
            occlusion: occlusion,
            key: texts.map { $0.unicodeScalars.map { Int32(bitPattern: $0.value) } }
        )
    }
}

/// A prediction of which it is still to be found out on which words it rests.
struct PendingExplanation {
    let prediction: Prediction
    let decision: Decision?
    /// Of the text as it is.
    let rows: [Float]
    let occlusion: Occlusion
    /// What the text is known by, letter for letter.
    let key: ScoreCache<InFlight>.Key

    /// The prediction with its words, of which each weighs as much.
    func prediction(_ weights: [Float], naming count: Int) -> Prediction {
        var explained = prediction
        explained.words = occlusion.heaviest(count, by: weights)
        return explained
    }
}

extension Explanations {
    /// Explains as the settings ask for.
    init(settings: Settings) {
        self.init(
            predictions: settings[Settings.explain],
            words: settings[Settings.explainWords],
            maxWords: settings[Settings.explainMaxWords]
        )
    }
}

extension String {
    /// What stands at a place, in Unicode scalars.
    fileprivate func scalars(_ place: Range<Int>) -> String {
        String(String.UnicodeScalarView(unicodeScalars.dropFirst(place.lowerBound).prefix(place.count)))
    }
}
