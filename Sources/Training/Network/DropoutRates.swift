// SPDX-License-Identifier: Apache-2.0
internal import Bert
internal import Files
internal import FoundationEssentials

/// How much is dropped where, as `config.json` has it.
struct DropoutRates: Sendable, Equatable {
    /// Of the embeddings and of what attention and feed-forward add.
    var hidden: Float = 0.1
    /// Of the attention weights.
    var attention: Float = 0.1
    /// Of what the classifier reads.
    var classifier: Float = 0.1

    static let none = DropoutRates(hidden: 0, attention: 0, classifier: 0)

    init(hidden: Float, attention: Float, classifier: Float) {
        self.hidden = hidden
        self.attention = attention
        self.classifier = classifier
    }

    /// Reads the rates of a model directory; what it does not say is as in `transformers`.
    init(directory: String, plan: ModelPlan) throws(FileError) {
        let path = "\(directory)/config.json"
        let rates: Stated
        do {
            let file = try Data(contentsOf: URL(filePath: path))
            rates = try JSONDecoder().decode(Stated.self, from: file, configuration: plan.dropout)
        } catch {
            throw FileError(.invalid, path: path, "\(Self.key(of: error))is not a dropout rate, which is a number")
        }
        hidden = rates.hidden ?? hidden
        attention = rates.attention ?? hidden
        classifier = rates.classifier ?? hidden
        guard [hidden, attention, classifier].allSatisfy({ (0..<1).contains($0) }) else {
            let rates = "\(hidden) of hidden states, \(attention) of attention, \(classifier) of the classifier"
            throw FileError(.invalid, path: path, "a dropout rate is not in 0 ..< 1: \(rates)")
        }
    }

    /// The key that an error of the decoder is about, where it says so.
    private static func key(of error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context):
            context.codingPath.map { "\($0.stringValue) " }.joined()
        default: ""
        }
    }

    /// The rates of a family, under its keys; nil for what is as the rate of hidden states.
    private struct Stated: DecodableWithConfiguration {
        let hidden: Float?
        let attention: Float?
        let classifier: Float?

        init(from decoder: any Decoder, configuration plan: ModelPlan.DropoutPlan) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            let rate = { (rate: ModelPlan.DropoutPlan.Rate) in
                try fields.decodeIfPresent(Float.self, forKey: Key(stringValue: rate.key)) ?? rate.standard
            }
            hidden = try rate(plan.hidden)
            attention = try rate(plan.attention)
            classifier = try rate(plan.classifier)
        }

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }

            init?(intValue: Int) { nil }
        }
    }
}
