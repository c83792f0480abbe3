// SPDX-License-Identifier: Apache-2.0
import Bert

/// Whether the texts of a replay's second half are like those of its first, by what a model makes of them: a domain classifier
/// on the encoder's features, which sees new topics and new words where labels and confidence stay as they were.
public struct TextDrift: Sendable {
    /// How well the halves can be told apart.
    public let classifier: DomainClassifier
    /// Where the second half begins: milliseconds since 1970, or a line of a file.
    public let middle: Int64

    /// Texts that are looked at, at most: of a thousand in each half the area has a standard error of 0.013.
    static let texts = 2_000
    /// Tokens that are read of a text: enough to know what it is about, and soon done.
    private static let tokens = 128

    /// Encodes the texts on the thread that calls it; nil where there are too few, or all of one time.
    init?(_ sample: TextSample, of model: Model) {
        guard let middle = sample.middle else { return nil }
        let isSecond = sample.entries.map { $0.time >= middle }
        // Asked before: to encode takes seconds.
        guard min(isSecond.count { $0 }, isSecond.count { !$0 }) >= DomainClassifier.leastRows else { return nil }
        let extractor = FeatureExtractor(model: model)
        let limit = TextLimit(maxTokens: min(Self.tokens, model.maxTokens), truncation: .head)
        let rows = sample.entries.map { entry in
            let ids = model.tokenizer.encoding(of: entry.text, within: limit)?.sequences.first ?? []
            return extractor.pool(extractor.features(ids), by: .mean)
        }
        guard let classifier = DomainClassifier(rows, isSecond: isSecond) else { return nil }
        self.classifier = classifier
        self.middle = middle
    }
}
