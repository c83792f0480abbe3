// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Settings
import Threading

/// A model with all that belongs to it: how long a text may be, what its tags say of it, which texts it knows already.
///
/// Each record in flight carries the version that tags it, so that a second one can be there at the same time.
final class ModelVersion: Sendable {
    let model: Model
    /// Most tokens of a text, or of one of its windows.
    let maxTokens: Int
    let truncation: Truncation
    /// What tags say of the model.
    let tag: ModelTag
    /// What the model said of texts seen lately.
    let cache: Monitor<ScoreCache<InFlight>>
    /// Makes what one encoder thread runs.
    let makeClassifier: ClassifierMaker

    typealias ClassifierMaker = @Sendable () throws(FileError) -> any BatchClassifier

    init(
        model: Model,
        maxTokens: Int,
        truncation: Truncation,
        cacheBytes: Int,
        classifier: @escaping ClassifierMaker
    ) {
        self.model = model
        self.maxTokens = maxTokens
        self.truncation = truncation
        tag = ModelTag(name: model.name, digest: model.digest, precision: model.precision.rawValue)
        cache = Monitor(ScoreCache(maxBytes: cacheBytes))
        makeClassifier = classifier
    }

    /// A model as the settings want it used.
    convenience init(settings: Settings, model: Model, classifier: @escaping ClassifierMaker) {
        self.init(
            model: model,
            maxTokens: settings.maxTokens(for: model),
            truncation: settings.truncation(for: model.tokenizer),
            cacheBytes: settings[Settings.cacheMaxBytes],
            classifier: classifier
        )
    }

    /// Logits of one sequence.
    var labelCount: Int { model.architecture.labels.count }

    /// Tokenises a text.
    func encoding(of text: String) throws(Rejection) -> Encoding {
        guard let encoding = model.tokenizer.encoding(of: text, maxTokens: maxTokens, truncation: truncation) else {
            let message = "the text has more tokens than text.max.tokens, which is \(maxTokens)"
            throw Rejection(.tooLong, in: .tokenize, message)
        }
        return encoding
    }
}

/// What a tag says of the model that made it.
struct ModelTag: Sendable {
    let name: String
    let digest: String
    let precision: String
}
