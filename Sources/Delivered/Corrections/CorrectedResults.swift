// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Settings

/// Results beside what moderators said of them. Pure; what it keeps grows with the corrections, and not with the results.
struct CorrectedResults {
    private struct Joined {
        let result: TaggedResult
        /// Where the result stands.
        let place: (TopicPartition, Int64)
    }

    /// Of all corrections, whether there is such a label or not.
    private let labels: [ResultSource: String]
    private let haveAllScores: Bool
    private var joined: [ResultSource: Joined] = [:]
    private var texts: [ResultSource: String] = [:]
    /// Scores of all results, by label.
    private var scores: [String: ScoreBins] = [:]
    private var (results, withoutCorrection) = (0, 0)
    /// More labels than that are no model's, and bins of theirs are not kept.
    private static let maxLabels = 1_000

    /// - Parameters:
    ///   - labels: the right label of each result that a correction stands on.
    ///   - haveAllScores: whether results have a score of each label that there is. If not, a label that none has may be a
    ///     rare one, and is taken for right.
    init(labels: [ResultSource: String], haveAllScores: Bool) {
        (self.labels, self.haveAllScores) = (labels, haveAllScores)
    }

    /// A result was read. Of several of one record the last one counts.
    ///
    /// - Parameters:
    ///   - record: where it stands.
    ///   - keepsText: its text will be asked for.
    mutating func add(_ result: TaggedResult, of source: ResultSource?, in record: Record, keepsText: Bool) {
        results += 1
        for (label, score) in result.scores where scores[label] != nil || scores.count < Self.maxLabels {
            scores[label, default: ScoreBins()].add(score)
        }
        guard let source, labels[source] != nil else {
            withoutCorrection += 1
            return
        }
        let place = (record.topicPartition, record.offset)
        if let known = joined[source], known.place > place { return }
        if keepsText { texts[source] = result.text ?? texts[source] }
        var kept = result
        kept.text = nil
        joined[source] = Joined(result: kept, place: place)
    }

    /// A record of the input was read, in which a text was found.
    mutating func add(_ text: String, of source: ResultSource) {
        if lacksText(of: source) { texts[source] = text }
    }

    /// Whether a corrected record's text is not known yet.
    func lacksText(of source: ResultSource) -> Bool { labels[source] != nil && texts[source] == nil }

    /// Corrected records whose text is not known.
    var withoutText: [ResultSource] { labels.filter { texts[$0.key] == nil && isLabel($0.value) }.map(\.key) }

    /// Whether there is such a label. Where there are no results, nobody knows.
    private func isLabel(_ name: String) -> Bool { !haveAllScores || scores.isEmpty || scores[name] != nil }

    /// What all that came in amounts to.
    ///
    /// - Parameters:
    ///   - meanings: the labels that each decision is for.
    ///   - precision: what the advice is for, 0 to below 1.
    func report(meanings: [DecisionMeaning], precision: Double) -> CorrectionReport {
        var report = CorrectionReport()
        let known = labels.filter { isLabel($0.value) }
        let pairs = joined.compactMap { source, joined in known[source].map { (result: joined.result, right: $0) } }
        (report.corrected, report.withoutResult) = (pairs.count, known.count - pairs.count)
        (report.results, report.withoutCorrection) = (results, withoutCorrection + joined.count - pairs.count)
        report.unknownLabels = unknownLabels
        report.agreement = Proportion(count: pairs.count { $0.result.label == $0.right }, total: pairs.count)
        var counts: [String?: [String: Int]] = [:]
        for pair in pairs { counts[pair.result.label, default: [:]][pair.right, default: 0] += 1 }
        report.confusion = counts.flatMap { said, rights in
            rights.map { CorrectionReport.Confusion(said: said, right: $0, count: $1) }
        }.sorted { ($1.count, $0.said ?? "", $0.right) < ($0.count, $1.said ?? "", $1.right) }
        report.labels = Self.qualities(of: report.confusion)
        report.decisions = meanings.compactMap { $0.quality(of: pairs) }
        report.wantedPrecision = precision
        report.advice = advice(pairs, precision)
        report.examples = known.sorted { $0.key < $1.key }.compactMap { source, label in
            texts[source].map { CorrectionReport.Example(text: $0, label: label) }
        }
        return report
    }

    private var unknownLabels: [CorrectionReport.UnknownLabel] {
        var counts: [String: Int] = [:]
        for label in labels.values where !isLabel(label) { counts[label, default: 0] += 1 }
        return counts.map { label, count in
            CorrectionReport.UnknownLabel(name: label, count: count, meant: nearest(to: label, among: scores.keys))
        }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }

    private static func qualities(of confusion: [CorrectionReport.Confusion]) -> [CorrectionReport.Quality] {
        var (said, right, both): ([String: Int], [String: Int], [String: Int]) = ([:], [:], [:])
        for pair in confusion {
            if let label = pair.said { said[label, default: 0] += pair.count }
            right[pair.right, default: 0] += pair.count
            if pair.said == pair.right { both[pair.right] = pair.count }
        }
        return Set(said.keys).union(right.keys).sorted().map { label in
            CorrectionReport.Quality(
                name: label,
                precision: Proportion(count: both[label] ?? 0, total: said[label] ?? 0),
                recall: Proportion(count: both[label] ?? 0, total: right[label] ?? 0)
            )
        }
    }

    private func advice(
        _ pairs: [(result: TaggedResult, right: String)],
        _ precision: Double
    ) -> [ThresholdAdvice] {
        scores.keys.sorted().map { label in
            var (right, wrong) = (ScoreBins(), ScoreBins())
            for pair in pairs {
                guard let score = pair.result.scores[label] else { continue }
                if pair.right == label { right.add(score) } else { wrong.add(score) }
            }
            return ThresholdAdvice(
                label: label,
                right: right,
                wrong: wrong,
                all: scores[label] ?? ScoreBins(),
                precision: precision
            )
        }
    }
}

/// Which labels a decision is for, so that a correction tells whether it was right.
struct DecisionMeaning {
    let decision: Decision
    /// The labels that it is for; nil where it goes by whichever is the best one.
    let labels: Set<String>?
    /// It is for all other labels.
    var isForOthers = false

    /// How good the decision is; nil where it was taken on no corrected result.
    func quality(of pairs: [(result: TaggedResult, right: String)]) -> CorrectionReport.Quality? {
        let taken = pairs.filter { $0.result.decision == decision.rawValue }
        guard !taken.isEmpty else { return nil }
        guard let labels else {
            // Nothing was said of the label where there is none.
            let scored = taken.filter { $0.result.label != nil }
            let right = Proportion(count: scored.count { $0.result.label == $0.right }, total: scored.count)
            return CorrectionReport.Quality(name: decision.rawValue, precision: right, recall: nil)
        }
        let right = taken.count { labels.contains($0.right) != isForOthers }
        let wanted = pairs.count { labels.contains($0.right) != isForOthers }
        return CorrectionReport.Quality(
            name: decision.rawValue,
            precision: Proportion(count: right, total: taken.count),
            recall: Proportion(count: right, total: wanted)
        )
    }

    /// What the thresholds of the settings are for: what neither `hold` nor `flag` is for is to pass.
    static func all(_ labels: (Decision) -> Set<String>) -> [DecisionMeaning] {
        Decision.allCases.map { decision in
            let own = decision == .pass ? labels(.hold).union(labels(.flag)) : labels(decision)
            return DecisionMeaning(
                decision: decision,
                labels: own.isEmpty ? nil : own,
                isForOthers: decision == .pass
            )
        }
    }
}
