// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// Texts that show how a model behaves, by kind: negation, say, or names of places.
///
/// A file has one JSON object a line. `{"kind":"negation","text":"…","label":"negative"}` has the label that a reader would
/// give; `{"kind":"names","group":"names-12","text":"…"}` belongs to a group of texts whose labels must be the same, whatever
/// they are. A text may have both.
public struct BehaviourCases: Sendable {
    /// One text.
    public struct Case: Sendable, Equatable {
        /// What it is a case of.
        public let kind: String
        /// The text.
        public let text: String
        /// The index of the label that it should get; nil where none is stated.
        public let label: Int?
        /// The texts that should get the same label have the same name here; nil for a text by itself.
        public let group: String?
        /// The line of the file that it stands on, from 1.
        public let line: Int
    }

    /// Path of the file.
    public let path: String
    /// The cases in the order of the file.
    public let cases: [Case]

    /// Reads a file.
    ///
    /// - Parameter labels: the model's. A case's label must be one of them.
    public init(path: String, labels: [String]) throws(DatasetError) {
        let names = LabelNames(labels)
        var cases: [Case] = []
        for (number, line) in try Dataset.textLines(path) {
            func failure(_ reason: String) -> DatasetError { DatasetError(path: path, line: number, reason: reason) }
            guard let object = try? CaseObject(Array(line.utf8)) else {
                throw failure("is no JSON object with the strings 'kind', 'text', and 'label' or 'group' or both")
            }
            guard object.label != nil || object.group != nil else {
                throw failure("has neither a 'label' nor a 'group'")
            }
            let label = object.label.map { names.index(of: $0) }
            if let label, label == nil {
                throw failure(
                    "the label '\(object.label ?? "")' is none of the model's, which are \(labels.joined(separator: ", "))"
                )
            }
            cases.append(
                Case(kind: object.kind, text: object.text, label: label ?? nil, group: object.group, line: number)
            )
        }
        guard !cases.isEmpty else { throw DatasetError(path: path, line: nil, reason: "holds no cases") }
        self.path = path
        self.cases = cases
        try checkGroups()
    }

    /// A group is of one kind, and has texts to compare.
    private func checkGroups() throws(DatasetError) {
        var groups: [String: (first: Case, count: Int)] = [:]
        for one in cases {
            guard let name = one.group else { continue }
            let group = groups[name] ?? (one, 0)
            guard group.first.kind == one.kind else {
                let reason = "the group '\(name)' is of the kind '\(group.first.kind)' on line \(group.first.line)"
                throw DatasetError(path: path, line: one.line, reason: reason)
            }
            groups[name] = (group.first, group.count + 1)
        }
        for one in cases {
            guard let name = one.group, groups[name]?.count == 1 else { continue }
            throw DatasetError(path: path, line: one.line, reason: "the group '\(name)' has no other text")
        }
    }
}

/// One line of such a file. Of members with one name the last counts.
private struct CaseObject {
    let kind: String
    let text: String
    let label: String?
    let group: String?

    private struct Failure: Error {}

    init(_ line: [UInt8]) throws {
        var reader = try JSONReader(line)
        var values: [String: String] = [:]
        guard reader.enterObject() else { throw Failure() }
        while let name = try reader.nextMember() {
            guard let field = Self.names.first(where: { reader.isEqual(name, Array($0.utf8)) }) else {
                try reader.skipValue()
                continue
            }
            guard let string = try reader.string(), let value = reader.text(string) else { throw Failure() }
            values[field] = value
        }
        try reader.finish()
        guard let kind = values["kind"], !kind.isEmpty, let text = values["text"] else { throw Failure() }
        self.kind = kind
        self.text = text
        label = values["label"]
        group = values["group"]
    }

    private static let names = ["kind", "text", "label", "group"]
}
