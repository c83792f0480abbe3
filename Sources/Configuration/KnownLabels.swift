// SPDX-License-Identifier: Apache-2.0
import Bert
import Settings

/// The labels that thresholds and routes may be for: the main classifier's by their names, and those of the others as
/// `toxicity.toxic`.
struct KnownLabels {
    /// A classifier and its labels.
    struct Owner {
        /// nil for the main one.
        let name: String?
        let labels: [String]
        let function: ScoreFunction
    }

    /// The main one first.
    let owners: [Owner]

    var main: Owner { owners[0] }

    /// All of them, as they are written.
    var all: [String] { owners.flatMap { owner in owner.labels.map(owner.written) } }

    /// All that a threshold may be for: those, and `toxicity.*` for whichever label of that classifier has the highest score.
    var scored: [String] { all + owners.compactMap { owner in owner.name.map { $0 + ".*" } } }

    /// Why a name stands for none of `names`.
    func problem(with name: String, among names: [String]) -> String {
        let owner = owners.first { owner in owner.name.map { name.hasPrefix($0 + ".") } ?? false } ?? main
        let model = owner.name.map { "model.more's '\($0)'" } ?? "the model"
        let meant = nearest(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
        let known = owner.labels.map(owner.written).joined(separator: ", ")
        return "\(model) has no label '\(name)'; it has \(known)\(meant)"
    }

    /// Names of classifiers by which a label of the main one could be meant.
    var clashes: [String] {
        owners.compactMap(\.name).flatMap { name in
            main.labels.filter { $0 == name || $0.hasPrefix(name + ".") }.map { label in
                "\(Settings.modelMore.key): '\(name)' cannot be told from the main model's label '\(label)'; "
                    + "give it another name"
            }
        }
    }
}

extension KnownLabels.Owner {
    /// A label as thresholds and routes have it.
    func written(_ label: String) -> String { name.map { "\($0).\(label)" } ?? label }
}
