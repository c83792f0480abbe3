// SPDX-License-Identifier: Apache-2.0
internal import Bert
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
    init(directory: String, family: Architecture.Family) throws(ModelError) {
        let path = "\(directory)/config.json"
        let stated: Stated
        do {
            stated = try JSONDecoder().decode(Stated.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ModelError(.invalid, path: path, "\(Self.key(of: error))is not a dropout rate, which is a number")
        }
        switch family {
        case .bert:
            hidden = stated.hidden_dropout_prob ?? 0.1
            attention = stated.attention_probs_dropout_prob ?? 0.1
            classifier = stated.classifier_dropout ?? hidden
        case .distilBert:
            hidden = stated.dropout ?? 0.1
            attention = stated.attention_dropout ?? 0.1
            classifier = stated.seq_classif_dropout ?? 0.2
        }
        guard [hidden, attention, classifier].allSatisfy({ (0..<1).contains($0) }) else {
            let rates = "\(hidden) of hidden states, \(attention) of attention, \(classifier) of the classifier"
            throw ModelError(.invalid, path: path, "a dropout rate is not in 0 ..< 1: \(rates)")
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

    private struct Stated: Decodable {
        let hidden_dropout_prob: Float?
        let attention_probs_dropout_prob: Float?
        let classifier_dropout: Float?
        let dropout: Float?
        let attention_dropout: Float?
        let seq_classif_dropout: Float?
    }
}
