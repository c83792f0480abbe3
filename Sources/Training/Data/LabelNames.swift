// SPDX-License-Identifier: Apache-2.0

/// Which of a model's labels a name in a file means.
struct LabelNames: Sendable {
    private let labels: [String]
    private let indices: [String: Int]

    /// Takes the model's labels in their order. A file may also count them, from 0, bare or as `LABEL_0`; and sentiments
    /// are known to a model whose labels have no names of their own.
    init(_ labels: [String]) {
        self.labels = labels
        var indices: [String: Int] = [:]
        let numbered = labels.indices.map { "LABEL_\($0)" }
        let sentiments = ["negative", "neutral", "positive"]
        let aliases = labels == numbered && labels.count == sentiments.count ? sentiments : []
        for names in [labels, numbered, labels.indices.map { "\($0)" }, aliases] {
            for (index, name) in names.enumerated() where indices[name] == nil { indices[name] = index }
        }
        self.indices = indices
    }

    /// The index of a label; nil if the model has none of that name.
    func index(of name: String) -> Int? { indices[name] }

    /// The index of an example's label, which must be one of the model's.
    func index(of example: Dataset.Example, in path: String) throws(DatasetError) -> Int {
        guard let label = example.label else {
            throw DatasetError(path: path, line: example.line, reason: "has no label")
        }
        guard let index = index(of: label) else {
            let reason = "the label '\(label)' is none of the model's, which are \(labels.joined(separator: ", "))"
            throw DatasetError(path: path, line: example.line, reason: reason)
        }
        return index
    }
}
