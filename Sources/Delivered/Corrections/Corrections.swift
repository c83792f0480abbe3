// SPDX-License-Identifier: Apache-2.0
public import Configuration
public import Kafka
import Scan
public import Settings

/// Reads what moderators said of results beside the results, and tells how good these are.
public struct Corrections: Sendable {
    private let settings: Settings
    private let topic: String
    private let outputs: [String]
    private let (first, last): (OffsetBound, OffsetBound)
    private let precision: Double
    private let text: (@Sendable (Record) -> String?)?

    /// - Parameters:
    ///   - outputs: topics of results; where none is named, those that the settings have results go to.
    ///   - first: where in each of their partitions to begin, as `OffsetBound` has it.
    ///   - last: where to end, likewise; the end as it is at the start is `latest`.
    ///   - precision: what the advice of thresholds is for, 0 to below 1.
    ///   - text: finds the text in a record of the input; nil where no examples are wanted.
    public init(
        settings: Settings,
        outputs: [String] = [],
        from first: String = "earliest",
        to last: String = "latest",
        precision: Double,
        text: (@Sendable (Record) -> String?)? = nil
    ) throws(SettingsError) {
        (self.settings, self.precision, self.text) = (settings, precision, text)
        topic = settings[Settings.correctionsTopic]
        let standard = settings[Settings.outputTopic].isEmpty ? [] : settings.outputTopics
        self.outputs = outputs.isEmpty ? standard : outputs
        var problems: [String] = []
        if topic.isEmpty { problems.append("corrections.topic: not set, and nothing else says where corrections are") }
        if self.outputs.isEmpty { problems.append("output: no topic is named, nor is output.topic set") }
        for name in self.outputs where name == topic {
            problems.append("the topic '\(name)' is named twice; it is of results or of corrections")
        }
        (self.first, self.last) = try OffsetBound.range(from: first, to: last, problems: problems)
    }

    /// Reads the corrections whole, then the results; then, where examples are wanted and results do not hold the texts, the
    /// stretches of `input.topics` that these came from. Blocks.
    ///
    /// - Parameter progress: hears now and then how many offsets of how many are behind.
    public func run(progress: (_ done: Int, _ all: Int) -> Void) throws(WorkerError) -> CorrectionReport {
        let scan = try TopicScan(settings: settings, group: settings[Settings.groupID])
        defer { scan.consumer.close() }
        // Corrections first: one that is added in between would be of a result that is not asked for.
        let corrections = try scan.bounds(of: topic, namedBy: Settings.correctionsTopic.key)
        var bounds: [TopicPartition: Range<Int64>] = [:]
        for output in Set(outputs) {
            let own = try scan.bounds(of: output, namedBy: "output", partitions: [], from: first, to: last)
            bounds.merge(own) { $1 }
        }
        let all = (Array(corrections.values) + bounds.values).reduce(0) { $0 + $1.count }
        var done = 0
        var verdicts = Verdicts()
        try scan.read(corrections) { records in
            for record in records { verdicts.add(record) }
            done += records.count
            progress(done, all)
            return true
        }
        let labels = verdicts.labels
        let topics = Set(labels.keys.map(\.partition.topic))
        let haveAllScores = settings[Settings.outputMode] != .headers
        var results = CorrectedResults(labels: labels, haveAllScores: haveAllScores)
        var untagged = 0
        try scan.read(bounds) { records in
            for record in records where !take(record, into: &results, topics) { untagged += 1 }
            done += records.count
            progress(done, all)
            return true
        }
        if let text { try readTexts(text, scan, into: &results) }
        // What moderators say is about the main classifier's labels: of a decision by another one it tells nothing.
        let others = settings[Settings.modelMore].names.map { $0 + "." }
        let meanings = DecisionMeaning.all { decision in decision.setting.map { settings[$0].labels } ?? [] }
            .filter { meaning in !others.contains { other in meaning.labels?.contains { $0.hasPrefix(other) } ?? false }
            }
        var report = results.report(meanings: meanings, precision: precision)
        (report.corrections, report.malformed) = (verdicts.read, verdicts.malformed)
        (report.withdrawn, report.untagged) = (verdicts.withdrawn, untagged)
        report.remark = scan.shortcoming(of: first, last)
        return report
    }

    /// - Returns: whether the record is a tagged one.
    private func take(_ record: Record, into results: inout CorrectedResults, _ topics: Set<String>) -> Bool {
        let field = settings[Settings.outputField]
        guard let result = TaggedResult(record, mode: settings[Settings.outputMode], field: field) else { return false }
        // Of one that stands in several topics, by its routes, the first is the result and the others are copies.
        let routes = settings[Settings.outputRoutes]
            .topics(decision: result.decision ?? "", labels: result.holding).filter(outputs.contains)
        guard !routes.contains(record.topic) || routes.first == record.topic else { return true }
        let source = ResultSource(output: record, of: topics, field: field)
        results.add(result, of: source, in: record, keepsText: text != nil)
        return true
    }

    /// Reads the texts that the results do not hold from the topics of the input, as far as they are there still.
    private func readTexts(
        _ text: (Record) -> String?,
        _ scan: TopicScan,
        into results: inout CorrectedResults
    ) throws(WorkerError) {
        let inputs = InputTopics(settings: settings)
        var wanted: [TopicPartition: [Int64]] = [:]
        for source in results.withoutText where inputs.contains(source.partition.topic) {
            wanted[source.partition, default: []].append(source.offset)
        }
        var stretches: [TopicPartition: Range<Int64>] = [:]
        for topic in Set(wanted.keys.map(\.topic)) {
            for (partition, held) in try bounds(of: topic, scan) {
                guard let offsets = wanted[partition], let low = offsets.min(), let high = offsets.max() else {
                    continue
                }
                // An offset that a stranger wrote may be the highest that there is.
                let stretch = (low..<(high < .max ? high + 1 : high)).clamped(to: held)
                stretches[partition] = stretch
            }
        }
        try scan.read(stretches) { records in
            for record in records {
                let source = ResultSource(
                    topic: record.topic,
                    partition: record.partition,
                    offset: record.offset
                )
                if results.lacksText(of: source), let text = text(record) { results.add(text, of: source) }
            }
            return true
        }
    }

    /// What a topic of the input holds; nothing where it is not there any more.
    private func bounds(of topic: String, _ scan: TopicScan) throws(WorkerError) -> [TopicPartition: Range<Int64>] {
        do throws(WorkerError) {
            return try scan.bounds(of: topic, namedBy: Settings.inputTopics.key)
        } catch {
            guard case .topicMissing = error else { throw error }
            return [:]
        }
    }
}
