// SPDX-License-Identifier: Apache-2.0
public import Configuration
public import Kafka
import Scan
public import Settings

/// Proves of topics as they stand that each record of the input has its result: exactly one, in order.
public struct Audit: Sendable {
    private enum Role {
        case input
        case output
        case deadLetters
    }

    private let settings: Settings
    private let isSkippable: @Sendable (Record) -> Bool
    private let comment: (@Sendable (Record) -> [UInt8]?)?
    private let topics: [(name: String, option: String, role: Role)]
    /// The topics that the results of one record stand in: in all of one of these sets.
    private let destinations: Set<Set<String>>
    /// Ranges of offsets that a finding names.
    private static let limit = 20

    /// Audits the topics that are given here, else those of the settings.
    ///
    /// Dead letters of the settings count only if their topic is set: a default that was not chosen is no promise that
    /// there is such a topic.
    ///
    /// - Parameters:
    ///   - isSkippable: whether a worker passes this record of the input over, by the settings.
    ///   - comment: what all versions of one comment have in common, so that those before the last one may do without a
    ///     result; nil where each is to have one.
    public init(
        settings: Settings,
        inputs: [String] = [],
        outputs: [String] = [],
        deadLetters: [String] = [],
        isSkippable: @escaping @Sendable (Record) -> Bool,
        comment: (@Sendable (Record) -> [UInt8]?)? = nil
    ) throws(SettingsError) {
        self.settings = settings
        self.isSkippable = isSkippable
        self.comment = comment
        let output = settings[Settings.outputTopic]
        let routes = settings[Settings.outputRoutes]
        let standard = output.isEmpty ? [] : settings.outputTopics
        let inputs = inputs.isEmpty ? settings[Settings.inputTopics] : inputs
        let named = outputs
        let outputs = named.isEmpty ? standard : named
        let isSet = settings.given[Settings.deadLetterTopic.key] != nil
        let letters = deadLetters.isEmpty && isSet ? [settings[Settings.deadLetterTopic]] : deadLetters
        // Of topics that are named here no more is known than that a result stands in one of them.
        let more = settings[Settings.modelMore].names
        let tagged = named.isEmpty ? routes.destinations(standard: output, more: more) : Set(named.map { [$0] })
        destinations = tagged.union(letters.map { [$0] })
        topics =
            inputs.map { ($0, "input", .input) } + outputs.map { ($0, "output", .output) }
            + letters.map { ($0, "dead-letters", .deadLetters) }
        var problems: [String] = []
        if inputs.isEmpty { problems.append("input: no topic is named, nor is input.topics set") }
        if outputs.isEmpty { problems.append("output: no topic is named, nor is output.topic set") }
        for name in inputs where TopicPattern.isPattern(name) {
            problems.append("input: '\(name)' is a regular expression; name the topics")
        }
        for (name, count) in Dictionary(topics.map { ($0.name, 1) }, uniquingKeysWith: +) where count > 1 {
            problems.append("the topic '\(name)' is named twice; it is input, output or dead letters")
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems.sorted()) }
    }

    /// Reads all topics from their beginning to where they end when it starts. Blocks.
    ///
    /// - Parameter progress: hears now and then how many offsets of how many are behind.
    public func run(progress: (_ done: Int, _ all: Int) -> Void) throws(WorkerError) -> AuditReport {
        let scan = try TopicScan(settings: settings, group: settings[Settings.groupID])
        defer { scan.consumer.close() }
        // Inputs first: a result that the worker adds in between then belongs to a record that is not asked for.
        var bounds: [TopicPartition: Range<Int64>] = [:]
        for topic in topics where topic.role == .input {
            bounds.merge(try scan.bounds(of: topic.name, namedBy: topic.option)) { $1 }
        }
        let sequences = settings[Settings.catchUp] == .newestFirst ? 2 : 1
        var ledger = Ledger(inputs: bounds, destinations: destinations, sequences: sequences)
        for topic in topics where topic.role != .input {
            bounds.merge(try scan.bounds(of: topic.name, namedBy: topic.option)) { $1 }
        }
        let roles = Dictionary(topics.map { ($0.name, $0.role) }) { $1 }
        let inputs = Set(topics.filter { $0.role == .input }.map(\.name))
        let field = settings[Settings.outputField]
        var reached = bounds.mapValues(\.lowerBound)
        var (results, deadLetters) = (0, 0)
        try scan.read(bounds) { records in
            for record in records {
                reached[record.topicPartition] = record.offset + 1
                switch roles[record.topic] {
                case .input:
                    ledger.expect(
                        record.topicPartition,
                        record.offset,
                        isSkippable: isSkippable(record),
                        comment: comment?(record)
                    )
                case .output:
                    results += 1
                    ledger.add(ResultSource(output: record, of: inputs, field: field), in: record.topicPartition)
                case .deadLetters:
                    deadLetters += 1
                    ledger.add(ResultSource(deadLetter: record), in: record.topicPartition)
                case nil: break
                }
            }
            let done = reached.reduce(0) { $0 + $1.value - (bounds[$1.key]?.lowerBound ?? 0) }
            progress(Int(done), bounds.values.reduce(0) { $0 + $1.count })
            return true
        }
        var report = ledger.report(limit: Self.limit)
        report.results = results
        report.deadLetters = deadLetters
        return report
    }
}
