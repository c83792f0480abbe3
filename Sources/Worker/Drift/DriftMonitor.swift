// SPDX-License-Identifier: Apache-2.0
public import Bert
import Configuration
import Files
public import Settings
import Threading

/// Watches whether predictions, and the texts that they are of, are still what they were.
final class DriftMonitor: Sendable {
    private let model: Model
    private let labels: [String: Int]
    private let windows: Monitor<DriftWindows>
    /// Whether the reference is of another model than this one, whose predictions may differ by themselves.
    let isOfOtherModel: Bool

    /// What is to be said of that.
    static let ofOtherModel: StaticString =
        "drift.reference is of another model, whose predictions may differ by themselves"

    /// nil where `drift.reference` is `off`.
    init?(settings: Settings, model: Model) throws(FileError) {
        let length = settings[Settings.driftWindow]
        let names = model.labels
        self.model = model
        labels = Dictionary(zip(names, names.indices)) { first, _ in first }
        switch settings[Settings.driftReference] {
        case .off: return nil
        case .first(let first):
            windows = Monitor(DriftWindows(labels: names.count, length: length, first: first))
            isOfOtherModel = false
        case .file(let path):
            let file = try ReferenceFile(path: path, for: model)
            windows = Monitor(DriftWindows(length: length, reference: file.window))
            isOfOtherModel = file.model != model.digest
        }
    }

    /// A record was tagged.
    func observe(_ prediction: Prediction, of encoding: Encoding, at now: ContinuousClock.Instant) {
        guard let best = prediction.ranking.first, let label = labels[best.label] else { return }
        let id = model.tokenizer.unkID
        let unknown = encoding.sequences.reduce(0) { count, ids in ids.reduce(count) { $1 == id ? $0 + 1 : $0 } }
        windows.withLock { windows in
            windows.add(label: label, score: best.score, tokens: prediction.tokens, unknown: unknown, at: now)
        }
    }

    /// The last whole window, as a file that later ones can be compared with; nil while there is none.
    var lastWindow: String? { windows.withLock(\.last).map { ReferenceFile($0, of: model).json } }

    /// How far the last window is from the reference; nil while there is none.
    var stability: (labels: Double, confidence: Double)? {
        let (reference, last) = windows.withLock { ($0.reference, $0.last) }
        guard let reference, let last else { return nil }
        return (
            PopulationStability(reference.labels, last.labels).index,
            PopulationStability(reference.confidence, last.confidence).index
        )
    }

    /// What the windows come to, as metrics.
    func write(to text: inout MetricsText) {
        let (reference, last) = windows.withLock { ($0.reference, $0.last) }
        let profiles = [("reference", reference), ("last", last)].compactMap { name, profile in
            profile.map { (labels: [("window", name)], profile: $0) }
        }
        var indices: [(labels: [(String, String)], value: Double)] = []
        if let reference, let last {
            indices = [
                ([("of", "labels")], PopulationStability(reference.labels, last.labels).index),
                ([("of", "confidence")], PopulationStability(reference.confidence, last.confidence).index),
            ]
        }
        text.metric(
            "cloud4bert_drift_psi",
            .gauge,
            "Population stability index of the last window against the reference: from 0.1 on something has changed, from 0.25 on much.",
            indices
        )
        text.metric(
            "cloud4bert_drift_unknown_share",
            .gauge,
            "Share of tokens that stand for what the vocabulary lacks.",
            profiles.map { ($0.labels, $0.profile.unknownShare) }
        )
        text.metric(
            "cloud4bert_drift_mean_tokens",
            .gauge,
            "Tokens of a text, on average.",
            profiles.map { ($0.labels, $0.profile.meanTokens) }
        )
        text.metric(
            "cloud4bert_drift_records",
            .gauge,
            "Records of the reference and of the last window.",
            profiles.map { ($0.labels, Double($0.profile.records)) }
        )
    }
}

extension Worker {
    /// Looks at the file that `drift.reference` names, if it does, as a worker does at its start.
    public static func checkDriftReference(settings: Settings, model: Model) throws(SettingsError) {
        _ = try DriftMonitor.check(settings: settings, model: model)
    }
}

extension DriftMonitor {
    /// Makes it, for one who tells of settings.
    static func check(settings: Settings, model: Model) throws(SettingsError) -> DriftMonitor? {
        do throws(FileError) {
            return try DriftMonitor(settings: settings, model: model)
        } catch {
            throw SettingsError(problems: ["drift.reference: \(error)"])
        }
    }
}
