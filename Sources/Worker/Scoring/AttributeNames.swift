// SPDX-License-Identifier: Apache-2.0
import Bert

/// Which of the Perspective API's attributes the labels of models answer: the label's name in upper case, and for a few what the
/// data sets that toxicity models are trained on call the same.
struct AttributeNames: Sendable {
    /// What may be asked for, in the order of the labels.
    let names: [String]
    private let labels: [String: String]

    private static let alike = [
        "TOXIC": "TOXICITY", "SEVERE_TOXIC": "SEVERE_TOXICITY", "IDENTITY_HATE": "IDENTITY_ATTACK",
        "SEXUAL_EXPLICIT": "SEXUALLY_EXPLICIT",
    ]

    /// - Parameter labels: each with what answers call it, of models whose scores are probabilities. Of two that make one name
    ///   the first counts.
    init(_ labels: [(label: String, name: String)]) {
        var (names, known): ([String], [String: String]) = ([], [:])
        for (label, written) in labels {
            let name = String(label.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
            for name in [name, Self.alike[name]].compactMap(\.self) where known[name] == nil {
                names.append(name)
                known[name] = written
            }
        }
        (self.names, self.labels) = (names, known)
    }

    /// The label that answers an attribute; nil where none does.
    func label(of attribute: String) -> String? { labels[attribute] }
}

extension AttributeNames {
    /// Those of a version's classifiers, the main one first.
    init(_ version: ModelVersion) {
        var labels: [(label: String, name: String)] = []
        if version.model.scoreFunction != .none { labels += version.model.labels.map { ($0, $0) } }
        for other in version.more where other.version.model.scoreFunction != .none {
            labels += other.version.model.labels.map { ($0, "\(other.name).\($0)") }
        }
        self.init(labels)
    }
}
