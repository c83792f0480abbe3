// SPDX-License-Identifier: Apache-2.0
import Threading

/// Counts what the classifiers beside the main one say.
final class MoreMetrics: Sendable {
    private struct Counts {
        var labels: [String: Int] = [:]
        var failures: [String: Int] = [:]
    }

    private let counts = Monitor<[String: Counts]>([:])

    /// They have said something of a record.
    func observe(_ predictions: [MorePrediction]) {
        guard !predictions.isEmpty else { return }
        counts.withLock { counts in
            for prediction in predictions {
                switch prediction.outcome {
                case .scored(let scored):
                    let label = scored.holding ?? Prediction.noLabel
                    counts[prediction.name, default: Counts()].labels.count(label, other: "other")
                case .unscored:
                    counts[prediction.name, default: Counts()].failures[Unscored.vocabulary.rawValue, default: 0] += 1
                case .failed(let rejection):
                    counts[prediction.name, default: Counts()].failures[rejection.reason.rawValue, default: 0] += 1
                }
            }
        }
    }

    /// - Parameter classifiers: those in use.
    func write(_ classifiers: [MoreClassifier], to text: inout MetricsText) {
        guard !classifiers.isEmpty else { return }
        let counts = counts.withLock { $0 }
        text.metric(
            "cloud4bert_more_model_info",
            .gauge,
            "The classifiers of model.more.",
            classifiers.map { ([("classifier", $0.name)] + $0.version.tag.labels, 1) }
        )
        func series(_ label: String, _ values: KeyPath<Counts, [String: Int]>)
            -> [(labels: [(String, String)], value: Double)]
        {
            classifiers.map(\.name).flatMap { name in
                (counts[name]?[keyPath: values] ?? [:]).sorted { $0.key < $1.key }
                    .map { ([("classifier", name), (label, $0.key)], Double($0.value)) }
            }
        }
        text.metric(
            "cloud4bert_more_classified_total",
            .counter,
            "Records that a classifier of model.more has said something of, by its label that holds.",
            series("label", \.labels)
        )
        text.metric(
            "cloud4bert_more_failed_total",
            .counter,
            "Records that a classifier of model.more has no result for, by reason.",
            series("reason", \.failures)
        )
    }
}
