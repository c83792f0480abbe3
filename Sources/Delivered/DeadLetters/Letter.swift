// SPDX-License-Identifier: Apache-2.0
import Configuration
public import Kafka

/// A record of a dead-letter topic, as its headers describe it. Any client that may write there may have written it.
public struct Letter: Sendable {
    /// The record as it stands in the dead-letter topic.
    public let record: Record
    /// The partition that the original record was read from, and its offset there; nil if the headers do not say.
    public let source: (partition: TopicPartition, offset: Int64)?
    /// Why it was refused, as the worker names it; empty if the headers do not say.
    public let reason: String
    /// The stage that refused it.
    public let stage: String
    /// What was wrong.
    public let message: String
    /// How often it has failed.
    public let attempts: Int
    /// The original record's time, in milliseconds since 1970.
    public let timestamp: Int64?

    init(_ record: Record) {
        let header = { (name: String) in record.lastHeader(OwnHeaders.errorPrefix + name) }
        self.record = record
        source = ResultSource(deadLetter: record).map { ($0.partition, $0.offset) }
        reason = header("reason") ?? ""
        stage = header("stage") ?? ""
        message = header("message") ?? ""
        attempts = max(header("attempts").flatMap { Int($0) } ?? 1, 1)
        let time = header("timestamp").flatMap { Int64($0) } ?? record.timestamp?.milliseconds
        // Negative: the original had no time.
        timestamp = time.flatMap { $0 < 0 ? nil : $0 }
    }

    /// The headers that the original record had, and how often it has failed.
    var originalHeaders: [Header] {
        OwnHeaders.original(record.headers) + [Header(OwnHeaders.attempts, attempts)]
    }
}

/// Which dead letters a command is about; all of them where nothing is said.
public struct LetterFilter: Sendable {
    /// Letters with one of these reasons.
    public var reasons: Set<String> = []
    /// Letters in these partitions of the dead-letter topic.
    public var partitions: Set<Int32> = []
    /// Letters at these offsets of the dead-letter topic.
    public var offsets: Set<Int64> = []
    /// As many as this, at most.
    public var limit = Int.max

    /// Creates a filter that lets all through.
    public init() {}

    func admits(_ letter: Letter) -> Bool {
        (reasons.isEmpty || reasons.contains(letter.reason))
            && (offsets.isEmpty || offsets.contains(letter.record.offset))
    }
}
