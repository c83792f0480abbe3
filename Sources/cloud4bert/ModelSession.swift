// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Settings

/// What all model commands do first: find the settings and load the model.
struct ModelSession {
    let model: Model
    private let settings: Settings
    private let limit: TextLimit

    /// - Parameter precision: what the model computes with where `model.precision` is not set; nil for its default.
    init(_ invocation: Invocation, precision: Precision? = nil) throws {
        let settings = try invocation.settings()
        try self.init(settings, Model(settings: settings, environment: Environment.all, precision: precision))
    }

    private init(_ settings: Settings, _ model: Model) throws {
        self.settings = settings
        self.model = model
        limit = try settings.textLimit(for: model)
    }

    /// The same with another model, in the same precision.
    func with(modelAt directory: String) throws -> ModelSession {
        try ModelSession(settings, Model(directory: directory, beside: model, settings: settings))
    }

    /// Tokenises a text as the worker does.
    func encoding(of text: String) throws -> Encoding {
        guard let encoding = model.tokenizer.encoding(of: text, within: limit) else {
            throw InputError("a text has more than \(limit.maxTokens) tokens, and text.truncation is reject")
        }
        return encoding
    }

    /// Labels with the scores of one text, highest first, as the worker has them.
    func ranking(of rows: ArraySlice<Float>, for encoding: Encoding) -> [LabelScore] {
        model.ranking(of: model.scores(of: rows, for: encoding, merging: settings.windowMerge))
    }

    /// The words of a text, those that weigh most for its label first, as the worker finds them.
    ///
    /// - Parameter rows: what the classifier says of the text as it is.
    func words(of text: String, _ rows: ArraySlice<Float>, by classifier: Classifier) -> [WordWeight] {
        guard let occlusion = occlusion(of: text) else { return [] }
        let others = classifier.rows(TokenBatch((0..<occlusion.count).map(occlusion.ids)))
        let merge = settings.windowMerge
        let weights = occlusion.weights(rows, without: others[...], by: model, merging: merge)
        return occlusion.heaviest(weights.count, by: weights)
    }

    /// nil where the text is longer than may be read.
    private func occlusion(of text: String) -> Occlusion? {
        Occlusion(of: [text], by: model.tokenizer, within: limit, maxWords: settings.explainMaxWords)
    }

    /// Refuses what no JSON number stands for.
    func checkFinite(_ values: some Sequence<Float>) throws {
        guard values.allSatisfy(\.isFinite) else {
            throw InputError(
                "\(model.directory): what the model computes of a text is not finite; its weights are too great for f32"
            )
        }
    }

    /// The options of all of them.
    static let options = [
        Command.Option("jsonl", nil, "read one JSON object a line from standard input, with the text as \"text\"")
    ]
}
