// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Settings

/// Reads the settings again, makes the model that they name ready beside the one in use, and has it take over. Where anything
/// is wrong, the one in use stays.
struct ModelReload: Sendable {
    let live: LiveModel
    let recent: RecentTexts
    let shadow: Shadow?
    let encoders: Int
    let read: @Sendable () throws -> Settings
    let classifier: @Sendable (Model) throws(FileError) -> any BatchClassifier

    /// The worker stops: no model is to take over any more.
    struct Stopped: Error {}

    /// - Parameter isStopped: looked at between the steps.
    func callAsFunction(isStopped: () -> Bool) throws -> ModelChange {
        let start = ContinuousClock.now
        let old = live.use
        let read = try read()
        let settings = old.settings.reloaded(from: read)
        // What the settings alone say is known before a model is loaded.
        try settings.checkForWorker()
        let new = try version(settings)
        let (texts, changed) = try compare(old.version, new, isStopped)
        guard !isStopped() else { throw Stopped() }
        live.replace(by: new, settings)
        return ModelChange(
            model: new.tag,
            previous: old.version.tag,
            texts: texts,
            changed: changed,
            needsRestart: old.settings.needingRestart(for: read),
            overridden: settings.modelOverrides,
            isOfOtherReference: new.drift?.isOfOtherModel ?? false,
            duration: .now - start
        )
    }

    private func version(_ settings: Settings) throws -> ModelVersion {
        let model = try Model(settings: settings, kernels: live.version.model.kernels)
        let classifier = classifier
        // One that is no classifier is to be told as that, and not by the labels that it lacks.
        _ = try classifier(model)
        let more = try settings.moreModels(beside: model)
        let version = try ModelVersion(forWorker: settings, model: model, more: more) { () throws(FileError) in
            try classifier(model)
        }
        try shadow?.checkLabels(beside: model)
        try version.reserve(encoders)
        return version
    }

    /// Has both models score the last texts, the new one with the classifiers of all encoders, which are warm then.
    private func compare(
        _ old: ModelVersion,
        _ new: ModelVersion,
        _ isStopped: () -> Bool
    ) throws -> (texts: Int, changed: Int) {
        let texts = recent.all
        for thread in 0..<encoders { _ = try new.labels(of: texts.first ?? "a text", by: new.classifier(of: thread)) }
        let (before, after) = (try old.makeClassifier(), try new.classifier(of: 0))
        var changed = 0
        for text in texts {
            guard !isStopped() else { throw Stopped() }
            if try old.labels(of: text, by: before) != new.labels(of: text, by: after) { changed += 1 }
        }
        return (texts.count, changed)
    }
}

extension ModelVersion {
    /// The labels that a result would say hold; nil where the model would say nothing of the text.
    fileprivate func labels(of text: String, by classifier: any BatchClassifier) throws -> [String]? {
        guard let encoding = try? self.encoding(of: text), canRead(encoding, of: text) else { return nil }
        var rows: [Float] = []
        classifier.appendRows(of: TokenBatch(encoding.sequences), to: &rows)
        do throws(Rejection) {
            let prediction = try predict(rows[...], of: encoding)
            return prediction.labels ?? [prediction.label]
        } catch {
            throw FileError(.invalid, path: model.directory, error.message)
        }
    }
}
