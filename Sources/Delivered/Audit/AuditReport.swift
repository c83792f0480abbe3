// SPDX-License-Identifier: Apache-2.0
public import Kafka

/// What an audit found.
public struct AuditReport: Sendable, Equatable {
    /// Offsets of one partition that follow each other.
    public struct Stretch: Sendable, Equatable {
        /// A partition of the input.
        public let partition: TopicPartition
        /// From the first to the last.
        public let offsets: ClosedRange<Int64>
    }

    /// Something that is not as it should be, and the records it concerns.
    public struct Finding: Sendable, Equatable {
        /// How often.
        public internal(set) var count = 0
        /// The first stretches of records that it concerns.
        public internal(set) var ranges: [Stretch] = []
        /// Whether there are more than these.
        public internal(set) var isCut = false
    }

    /// Records of the input.
    public internal(set) var records = 0
    /// Those without a result that the settings let the worker skip.
    public internal(set) var skippable = 0
    /// Those without a result of which a later version is there, where `edits.key` lets the worker skip them.
    public internal(set) var superseded = 0
    /// Records in the output topics.
    public internal(set) var results = 0
    /// Records in the dead-letter topics.
    public internal(set) var deadLetters = 0
    /// Results and dead letters of records that the input does not hold: those of other topics, those that were deleted
    /// or compacted away since, and those that came after the audit began.
    public internal(set) var unmatched = 0
    /// Records without a result.
    public internal(set) var missing = Finding()
    /// Results that a record has beyond its first.
    public internal(set) var repeated = Finding()
    /// Results that stand before one of an earlier record, though their own record was not done again.
    public internal(set) var outOfOrder = Finding()
    /// How often the results go back to an earlier record because what follows was done again.
    public internal(set) var replays = 0

    /// Whether every record has its result, in order, and just one unless repeats are allowed.
    public func isSound(atLeastOnce: Bool) -> Bool {
        missing.count == 0 && outOfOrder.count == 0 && (atLeastOnce || repeated.count == 0)
    }
}
