// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration

/// What the model says of one text.
struct Prediction: Sendable, Equatable {
    /// All labels with their scores, highest first.
    let ranking: [LabelScore]
    /// The labels that hold, highest score first; nil where there is always one, or the scores are none of labels.
    var labels: [String]?
    /// nil where the scores do not sum to 1.
    let uncertainty: Uncertainty?
    /// Tokens that the model read, [CLS] and [SEP] included, over all windows.
    let tokens: Int
    /// Whether the text was longer than that.
    let isTruncated: Bool
    /// How many layers the text went through, fewer than all where the model was sure of it early; 0 where that is not known.
    var layers = 0
    /// What it says of each window; none where the text was read as one.
    var windows: [WindowPrediction] = []
    /// What it says of each text by itself; none where the record has one.
    var parts: [PartPrediction] = []
    /// The words that weigh most, the heaviest first; nil where that was not asked for.
    var words: [WordWeight]?
    /// What classifiers beside the main one say, in the order of the settings.
    var more: [MorePrediction] = []

    /// The label with the highest score.
    var label: String { ranking.first?.label ?? "" }
    /// The first of the labels that hold; nil where none does.
    var holding: String? { labels.map(\.first) ?? label }
    /// What stands for a label where none holds.
    static let noLabel = "none"
    /// nil where the labels are others than those of sentiment.
    var intensity: Intensity? { uncertainty == nil ? nil : Intensity(ranking) }
}

/// What the model says of a part of a text.
struct WindowPrediction: Sendable, Equatable {
    /// Where in the text the window stands, in Unicode scalars.
    let place: Range<Int>
    let tokens: Int
    let ranking: [LabelScore]
}

/// What the model says of one of several texts of a record.
struct PartPrediction: Sendable, Equatable {
    let pointer: String?
    /// Where it stands in the texts as one, in Unicode scalars.
    let place: Range<Int>
    let ranking: [LabelScore]
    /// As a prediction's.
    var labels: [String]?
}

extension ModelVersion {
    /// Says what a classifier's rows `[encoding.sequences.count, rowWidth]` of a text mean. Pure.
    ///
    /// - Parameter parts: texts that are to be tagged by themselves, too.
    func predict(
        _ rows: ArraySlice<Float>,
        of encoding: Encoding,
        parts: [EncodedPart] = []
    ) throws(Rejection) -> Prediction {
        let ranking = model.ranking(of: model.scores(of: rows, for: encoding, merging: merge))
        guard ranking.allSatisfy(\.score.isFinite) else {
            throw Rejection(.inference, in: .encode, "the model's scores are not finite numbers")
        }
        return Prediction(
            ranking: ranking,
            labels: thresholds?.reached(by: ranking),
            uncertainty: model.scoreFunction == .softmax ? Uncertainty(ranking) : nil,
            tokens: encoding.tokenCount,
            isTruncated: encoding.isTruncated,
            layers: model.layers(of: rows),
            windows: windows(rows, of: encoding),
            parts: parts.map { part in predict(rows, of: encoding, part) }
        )
    }

    private func predict(
        _ rows: ArraySlice<Float>,
        of encoding: Encoding,
        _ part: EncodedPart
    ) -> PartPrediction {
        let (first, last) = (part.sequences.lowerBound * model.rowWidth, part.sequences.upperBound * model.rowWidth)
        let own = Encoding(sequences: Array(encoding.sequences[part.sequences]), isTruncated: false)
        let scores = model.scores(
            of: rows[rows.startIndex + first..<rows.startIndex + last],
            for: own,
            merging: merge
        )
        let ranking = model.ranking(of: scores)
        let labels = thresholds?.reached(by: ranking)
        return PartPrediction(pointer: part.pointer, place: part.place, ranking: ranking, labels: labels)
    }

    private func windows(_ rows: ArraySlice<Float>, of encoding: Encoding) -> [WindowPrediction] {
        guard !encoding.windows.isEmpty else { return [] }
        return zip(zip(encoding.windows, encoding.sequences), model.windows(of: rows)).map { window, logits in
            WindowPrediction(
                place: window.0,
                tokens: window.1.count,
                ranking: model.ranking(of: model.scores(of: logits))
            )
        }
    }
}
