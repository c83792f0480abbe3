// SPDX-License-Identifier: Apache-2.0
import Bert

/// Which of the Perspective API's attributes a model's labels answer: the label's name in upper case, and for a few what the
/// data sets that toxicity models are trained on call the same.
struct AttributeNames: Sendable {
    /// What may be asked for, in the order of the model's labels.
    let names: [String]
    private let labels: [String: String]

    private static let alike = [
        "TOXIC": "TOXICITY", "SEVERE_TOXIC": "SEVERE_TOXICITY", "IDENTITY_HATE": "IDENTITY_ATTACK",
        "SEXUAL_EXPLICIT": "SEXUALLY_EXPLICIT",
    ]

    init(of model: Model) { self.init(labels: model.labels, isProbability: model.scoreFunction != .none) }

    /// - Parameter isProbability: whether the model's scores are; if not, there is nothing to ask for.
    init(labels: [String], isProbability: Bool) {
        var (names, known): ([String], [String: String]) = ([], [:])
        for label in isProbability ? labels : [] {
            let name = String(label.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
            for name in [name, Self.alike[name]].compactMap(\.self) where known[name] == nil {
                names.append(name)
                known[name] = label
            }
        }
        (self.names, self.labels) = (names, known)
    }

    /// The label that answers an attribute; nil where none does.
    func label(of attribute: String) -> String? { labels[attribute] }
}
