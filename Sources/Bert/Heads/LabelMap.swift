// SPDX-License-Identifier: Apache-2.0

/// What results call a model's labels, where a common schema is wanted: `1 star` and `2 stars` are `negative`, say.
///
/// Labels of one name have one score: the sum of theirs where labels exclude each other, and the highest where each stands
/// by itself.
public struct LabelMap: Sendable, Equatable {
    private let names: [String: String]
    /// The name of all labels that have none of their own; nil where each must have one.
    private let others: String?

    /// - Parameters:
    ///   - names: by label.
    ///   - others: what all other labels are called; nil where there may be none.
    public init(_ names: [String: String], others: String? = nil) {
        self.names = names
        self.others = others
    }

    /// Why it does not suit a model; nil if it does.
    public func problem(for architecture: Architecture) -> String? {
        let labels = architecture.labels
        let known = labels.joined(separator: ", ").clippedForMessage
        if architecture.scoreFunction == .none {
            return "the model is a regression, whose outputs are numbers and no labels; leave the map out"
        }
        if let unknown = names.keys.sorted().first(where: { !labels.contains($0) }) {
            return "the model has no label \(unknown.quotedInMessage); it has \(known)"
        }
        if others == nil, let missing = labels.first(where: { names[$0] == nil }) {
            return "says nothing of the model's label \(missing.quotedInMessage); it has \(known); "
                + "'*:NAME' is for all that are not named"
        }
        return nil
    }

    /// The name of a label; its own where the map has none.
    func name(of label: String) -> String { names[label] ?? others ?? label }
}

extension Architecture {
    /// The labels of results, by the names of a map, each once.
    public func labels(by map: LabelMap?) -> [String] { ResultLabels(labels, map).names }
}

/// The labels that results have, and which of a head's labels each stands for.
struct ResultLabels: Sendable {
    /// In the order in which the head's first name them.
    let names: [String]
    /// For each of the head's labels the place of its name; nil where they are the same.
    private let places: [Int]?

    init(_ labels: [String], _ map: LabelMap?) {
        guard let map else {
            (names, places) = (labels, nil)
            return
        }
        var (names, places): ([String], [Int]) = ([], [])
        for name in labels.map(map.name(of:)) {
            let place = names.firstIndex(of: name) ?? names.count
            if place == names.count { names.append(name) }
            places.append(place)
        }
        (self.names, self.places) = (names, places)
    }

    /// The scores `[names]`, from those of the head's labels.
    func scores(_ scores: [Float], by function: ScoreFunction) -> [Float] {
        guard let places else { return scores }
        var joined = [Float](repeating: 0, count: names.count)
        for (place, score) in zip(places, scores) {
            joined[place] = function == .softmax ? joined[place] + score : max(joined[place], score)
        }
        return joined
    }
}
