// SPDX-License-Identifier: Apache-2.0
public import Bert
public import Configuration
import Files
import Kafka
public import Settings
import Threading

/// Scores a share of the records a second time, with a model that is on trial, and counts where it differs.
///
/// Results neither wait for it nor change with it: it gets a record when its result has been handed on, on a thread that
/// runs when no other wants to, through a queue that drops what it has no room for. Several texts of a record are read as one.
final class Shadow: Sendable {
    /// What the live model said of a text.
    private struct Case {
        let text: String
        let label: String
        let score: Float
    }

    private struct State {
        var queue = ShadowQueue<Case>()
        var counts = ShadowCounts()
        var isClosed = false
    }

    private let version: ModelVersion
    private let sample: Double
    private let state = Monitor(State())
    private let difference = Histogram.shares()

    /// Loads the model that `model.shadow.path` names; nil where that is not set.
    ///
    /// - Parameter model: the live one, whose kernels and precision it is run with, and whose labels it must have.
    init?(settings: Settings, beside model: Model) throws(WorkerError) {
        let path = settings[Settings.modelShadowPath]
        guard !path.isEmpty else { return nil }
        let shadow: Model
        do throws(FileError) {
            shadow = try Model(directory: path, beside: model, settings: settings)
            _ = try Classifier(model: shadow)
        } catch {
            throw .model(FileError(error.kind, path: error.path, "\(error.reason); model.shadow.path names it"))
        }
        do throws(SettingsError) {
            try Self.check(shadow, beside: model)
            version = ModelVersion(
                model: shadow,
                limit: try settings.textLimit(for: shadow),
                merge: settings.windowMerge,
                cacheBytes: 0
            ) { () throws(FileError) in try Classifier(model: shadow) }
        } catch {
            throw .settings(error)
        }
        sample = Double(settings[Settings.modelShadowSample])
    }

    private static func check(_ shadow: Model, beside model: Model) throws(SettingsError) {
        let labels = [shadow, model].map(\.labels)
        guard Set(labels[0]) != Set(labels[1]) else { return }
        let names = labels.map { $0.joined(separator: ", ") }
        throw SettingsError(problems: [
            "model.shadow.path: has the labels \(names[0]), and the live model \(names[1]); they must be the same"
        ])
    }

    /// Throws where another model that is to be the live one has not its labels.
    func checkLabels(beside model: Model) throws(SettingsError) { try Self.check(version.model, beside: model) }

    /// The model on trial.
    var model: Model { version.model }

    /// What was counted so far.
    var counts: ShadowCounts { state.withLock(\.counts) }

    /// A record has its result: its text waits for the shadow model if it is in the sample, and there is room.
    func offer(_ record: Record, _ text: String, _ prediction: Prediction) {
        guard let best = prediction.ranking.first, record.isIn(sample: sample) else { return }
        let next = Case(text: text, label: best.label, score: best.score)
        let isTaken = state.withLock { state in
            let isTaken = state.queue.offer(next, bytes: text.utf8.count)
            if !isTaken { state.counts.dropped += 1 }
            return isTaken
        }
        if isTaken { state.broadcast() }
    }

    /// Scores what is offered until it is closed; one thread's loop.
    func run() throws(FileError) {
        ThreadPriority.setLowest()
        let classifier = try version.makeClassifier()
        while let next = next() { compare(next, by: classifier) }
    }

    /// Ends the thread. What still waits is not scored.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    private func next() -> Case? {
        state.wait { state in
            if state.isClosed { return .done(nil) }
            return state.queue.next().map { .done($0) } ?? .wait(until: nil)
        }
    }

    private func compare(_ live: Case, by classifier: any BatchClassifier) {
        var rows: [Float] = []
        do throws(Rejection) {
            let encoding = try version.encoding(of: live.text)
            classifier.appendRows(of: TokenBatch(encoding.sequences), to: &rows)
            let prediction = try version.predict(rows[...], of: encoding)
            let own = prediction.ranking.first { $0.label == live.label }?.score ?? 0
            difference.observe(Double(abs(own - live.score)))
            state.withLock { $0.counts.compare(live: live.label, shadow: prediction.label) }
        } catch {
            state.withLock { $0.counts.failed += 1 }
        }
    }

    // MARK: Exposition

    func write(to text: inout MetricsText) {
        let counts = counts
        text.metric(
            "cloud4bert_shadow_model_info",
            .gauge,
            "The shadow model.",
            [([("model", version.tag.name), ("sha256", version.tag.digest), ("precision", version.tag.precision)], 1)]
        )
        let results = [
            ("agreed", counts.agreed), ("flipped", counts.flips.values.reduce(0, +)), ("dropped", counts.dropped),
            ("failed", counts.failed),
        ]
        text.metric(
            "cloud4bert_shadow_records_total",
            .counter,
            "Records for the shadow model, by whether it gave the live one's label, or was behind, or could not score them.",
            results.map { ([("result", $0.0)], Double($0.1)) }
        )
        text.metric(
            "cloud4bert_shadow_flips_total",
            .counter,
            "Records that got another label of the shadow model, by both labels.",
            counts.flips.sorted { ($0.key.live, $0.key.shadow) < ($1.key.live, $1.key.shadow) }
                .map { ([("live", $0.key.live), ("shadow", $0.key.shadow)], Double($0.value)) }
        )
        text.histograms(
            "cloud4bert_shadow_score_difference",
            "How far the two models' scores of the live one's label are apart.",
            [([], difference)]
        )
    }
}

extension Worker {
    /// Loads the model that `model.shadow.path` names, if it does, and compares its labels, as a worker does at its start.
    public static func checkShadow(settings: Settings, model: Model) throws(WorkerError) {
        _ = try Shadow(settings: settings, beside: model)
    }
}
