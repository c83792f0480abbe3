// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Scan

/// What a result says of its record, in any `output.mode`.
struct TaggedResult: Equatable {
    /// The label with the highest score; nil where the model was not asked, or could not read the text.
    var label: String?
    var decision: String?
    /// By label; of the best one alone where `output.mode` is `headers`.
    var scores: [String: Float] = [:]
    /// What holds by classifiers beside the main one, as `toxicity.toxic`.
    var moreLabels: [String] = []
    /// nil where the result does not hold it.
    var text: String?

    /// The labels that routes go by.
    var holding: [String] { [label].compactMap(\.self) + moreLabels }

    /// Reads a record of an output topic; nil if it is no tagged record.
    /// - Parameter field: the name of the field that `merge` adds.
    init?(_ record: Record, mode: OutputMode, field: String) {
        if mode == .headers {
            decision = record.lastHeader("sentiment.decision")
            label = record.lastHeader("sentiment.label")
            let score = record.lastHeader("sentiment.score").flatMap { Float($0) }
            if let label, let score, score.isFinite { scores[label] = score }
            moreLabels = OwnHeaders.moreLabels(in: record.headers)
        } else {
            guard let value = record.value,
                let envelope = try? Envelope(value, in: mode.envelopeField(merged: field))
            else { return nil }
            decision = envelope.decision
            label = envelope.label(in: value)
            text = envelope.text(in: value)
            scores = envelope.scoresByLabel
            moreLabels = envelope.more.labels
        }
        guard label != nil || decision != nil else { return nil }
    }
}
