// SPDX-License-Identifier: Apache-2.0
public import Bert

/// A model put to the test on cases of its behaviour.
public struct BehaviourTest: Sendable {
    /// What a model says of a case.
    public struct Answer: Sendable, Equatable {
        /// The case.
        public let of: BehaviourCases.Case
        /// The index of the label that it is given.
        public let label: Int
        /// That label's score.
        public let score: Float
    }

    /// What became of the cases of one kind.
    public struct Kind: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// How many cases state a label.
        public let labelled: Int
        /// How many groups there are.
        public let groups: Int
        /// Cases that were given another label than they state.
        public let wrong: [Answer]
        /// Groups whose texts were given several labels: the answers to each of their texts.
        public let torn: [[Answer]]

        /// The part that was given its label; nil where no case states one.
        public var rightShare: Double? { Self.share(wrong.count, of: labelled) }
        /// The part of the groups whose texts were given the same label; nil where there are none.
        public var sameShare: Double? { Self.share(torn.count, of: groups) }

        private static func share(_ failures: Int, of all: Int) -> Double? {
            all == 0 ? nil : Double(all - failures) / Double(all)
        }
    }

    /// Path of the file.
    public let path: String
    /// The kinds, in the order in which they first stand in the file.
    public let kinds: [Kind]
    /// All kinds as one.
    public let all: Kind

    /// Classifies the texts of a file of cases.
    ///
    /// - Parameters:
    ///   - model: a classifier that gives each text one of its labels.
    ///   - threads: how many to work on.
    ///   - encode: tokenises one text; called from all threads.
    /// - Throws: `DatasetError`, `FileError`, or what `encode` throws.
    public init(path: String, model: Model, threads: Int, encode: (String) throws -> Encoding) throws {
        try ModelTest.checkGivesOneLabel(model)
        let cases = try BehaviourCases(path: path, labels: model.labels).cases
        let classifier = ParallelClassifier(model: model, threads: Threads(count: threads))
        let scores = try classifier.scores(of: cases.map { ($0.text, $0.line) }, in: path, encode: encode).scores
        self.init(path: path, cases, scores: scores)
    }

    /// - Parameter scores: for each case a score for each label, `[cases][K]`.
    init(path: String, _ cases: [BehaviourCases.Case], scores: [[Float]]) {
        let answers = zip(cases, scores).map { one, scores in
            let label = Evaluation.top(of: scores)
            return Answer(of: one, label: label, score: scores[label])
        }
        var names: [String] = []
        var seen = Set<String>()
        for one in cases where seen.insert(one.kind).inserted { names.append(one.kind) }
        let byKind = Dictionary(grouping: answers, by: \.of.kind)
        self.path = path
        kinds = names.map { Kind(name: $0, byKind[$0] ?? []) }
        all = Kind(name: "all", answers)
    }
}

extension BehaviourTest.Kind {
    fileprivate init(name: String, _ answers: [BehaviourTest.Answer]) {
        let groups = Dictionary(grouping: answers.filter { $0.of.group != nil }) { $0.of.group ?? "" }
        self.init(
            name: name,
            labelled: answers.count { $0.of.label != nil },
            groups: groups.count,
            wrong: answers.filter { answer in answer.of.label.map { $0 != answer.label } ?? false },
            torn: groups.values.filter { group in group.contains { $0.label != group[0].label } }
                .sorted { $0[0].of.line < $1[0].of.line }
        )
    }
}
