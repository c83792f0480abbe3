// SPDX-License-Identifier: Apache-2.0
public import Configuration
import Kafka
import Scan
public import Settings

/// A dead-letter topic, and which of its letters have been settled, which a consumer group remembers.
///
/// A letter is open until it is requeued or dropped. One command at a time: two that requeue at once send twice.
public final class DeadLetters {
    private let settings: Settings
    private let filter: LetterFilter
    private let scan: TopicScan
    private let bounds: [TopicPartition: Range<Int64>]
    /// As it was at the start.
    private var progress: [TopicPartition: LetterProgress] = [:]
    private static let patience = Duration.seconds(30)

    /// Finds out what the topic holds, and what of it is settled.
    ///
    /// - Parameter group: the group that remembers.
    public init(settings: Settings, group: String, filter: LetterFilter) throws(WorkerError) {
        self.settings = settings
        self.filter = filter
        scan = try TopicScan(settings: settings, group: group)
        let all = try scan.bounds(of: settings[Settings.deadLetterTopic], namedBy: "dead.letter.topic")
        if !filter.offsets.isEmpty, filter.partitions.isEmpty, all.count > 1 {
            let problem = "offset: name the partition too; each of the topic's \(all.count) has its own offsets"
            throw .settings(SettingsError(problems: [problem]))
        }
        bounds = all.filter { filter.partitions.isEmpty || filter.partitions.contains($0.key.partition) }
        let committed = try scan.committed(Array(bounds.keys), timeout: Self.patience)
        for (partition, range) in bounds {
            let start = OffsetAndMetadata(offset: range.lowerBound)
            guard let known = LetterProgress(committed[partition] ?? start) else {
                let problem = "group: '\(group)' keeps other metadata with its offsets; name another group"
                throw .settings(SettingsError(problems: [problem]))
            }
            progress[partition] = known
        }
    }

    deinit { scan.consumer.close() }

    /// Hands over the letters that the filter lets through, by partition and offset.
    ///
    /// - Parameter all: those that are settled too.
    public func list(all: Bool, _ body: (Letter, _ isSettled: Bool) throws -> Void) throws {
        var room = filter.limit
        var failure: (any Error)?
        for (partition, known) in partitions where room > 0 && failure == nil {
            try read(partition, from: all ? 0 : known.position) { found in
                for (letter, _) in found where all || !known.isSettled(letter.record.offset) {
                    guard room > 0 else { return false }
                    room -= 1
                    do {
                        try body(letter, known.isSettled(letter.record.offset))
                    } catch {
                        failure = error
                        return false
                    }
                }
                return true
            }
        }
        if let failure { throw failure }
    }

    /// Settles the open letters that the filter lets through, and does nothing else with them.
    public func drop() throws(WorkerError) -> Int {
        var count = 0
        try settleEach { (found) throws(WorkerError) in
            count += found.count
            return (found.map(\.stretch), nil)
        }
        return count
    }

    /// Sends the open letters that the filter lets through back to where they came from, as they came, and settles those
    /// that are acknowledged.
    ///
    /// - Parameter target: another topic to send them to. Without it they go to the partition that they were read from,
    ///   however that was chosen; letters that do not say where that was stay open, as do those from a topic that there is
    ///   not, or that is not among `input.topics`, if these are set.
    /// - Returns: how many were sent to each topic, and how many were left open though the filter lets them through.
    public func requeue(to target: String?) throws(WorkerError) -> (sent: [String: Int], left: Int) {
        var requeue = try Requeue(settings: settings, target: target)
        var left = 0
        try settleEach { (found) throws(WorkerError) in
            var stretches: [UInt64: ClosedRange<Int64>] = [:]
            for (letter, stretch) in found {
                if let token = try requeue.send(letter) { stretches[token] = stretch } else { left += 1 }
            }
            let (acknowledged, failure) = requeue.finish()
            return (acknowledged.compactMap { stretches[$0] }, failure)
        }
        return (requeue.sent, left)
    }

    /// A letter, and the offsets that end with its own, of which no other has a letter.
    private typealias Found = (letter: Letter, stretch: ClosedRange<Int64>)

    /// Has `action` deal with the open letters, some at a time, and settles those that it returns, also when it failed
    /// with others.
    private func settleEach(
        _ action: ([Found]) throws(WorkerError) -> (settled: [ClosedRange<Int64>], failure: KafkaError?)
    ) throws(WorkerError) {
        var room = filter.limit
        for (partition, known) in partitions where room > 0 {
            var known = known
            var isFull = false
            try read(partition, from: known.position) { (found) throws(WorkerError) in
                // What there will be no room to remember must not be dealt with.
                var planned = known
                var batch: [Found] = []
                for item in found where !isFull && room > 0 && !known.isSettled(item.letter.record.offset) {
                    isFull = !planned.settle(item.stretch)
                    if isFull { break }
                    batch.append(item)
                    room -= 1
                }
                let (settled, failure) = try action(batch)
                for stretch in settled.sorted(by: { $0.lowerBound < $1.lowerBound }) { _ = known.settle(stretch) }
                if !settled.isEmpty { try commit(known, of: partition) }
                if let failure { throw scan.failure(failure) }
                return room > 0 && !isFull
            }
            guard !isFull else {
                let problem =
                    "group: there is no room left to remember letters of \(partition) out of turn; settle those from "
                    + "offset \(known.position) on first"
                throw .settings(SettingsError(problems: [problem]))
            }
        }
    }

    private var partitions: [(TopicPartition, LetterProgress)] { progress.sorted { $0.key < $1.key } }

    /// Reads the letters of one partition that the filter lets through, some at a time, until `body` returns false.
    private func read(
        _ partition: TopicPartition,
        from start: Int64,
        _ body: ([Found]) throws(WorkerError) -> Bool
    ) throws(WorkerError) {
        guard let range = bounds[partition], start < range.upperBound else { return }
        var next = max(start, range.lowerBound)
        try scan.read([partition: next..<range.upperBound]) { (records) throws(WorkerError) in
            var found: [Found] = []
            for record in records {
                let letter = Letter(record)
                if filter.admits(letter) { found.append((letter, next...record.offset)) }
                next = record.offset + 1
            }
            return found.isEmpty ? true : try body(found)
        }
    }

    private func commit(_ known: LetterProgress, of partition: TopicPartition) throws(WorkerError) {
        do throws(KafkaError) {
            try scan.consumer.commit([partition: known.toCommit], timeout: Self.patience)
        } catch {
            throw scan.failure(error)
        }
    }
}
