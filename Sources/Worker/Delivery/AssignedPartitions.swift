// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka

/// The partitions that one consumer worker has, and the records in flight of each: which may be published and committed
/// when.
///
/// Pure: the threads of the worker change it under one lock and do what it says. It accounts for every record:
/// `consumed = published + deadLettered + skipped + inFlight` holds whenever the lock is free.
struct AssignedPartitions {
    /// What became of the records so far.
    struct Counts: Equatable {
        var consumed = 0
        var tagged: [String: Int] = [:]
        var decided: [Decision: Int] = [:]
        var truncated = 0
        /// Published as they were.
        var untagged = 0
        /// Published without a label.
        var unscored: [Unscored: Int] = [:]
        var deadLettered: [Rejection.Reason: Int] = [:]
        var skipped: [Skip: Int] = [:]

        var published: Int { tagged.values.reduce(unscored.values.reduce(untagged, +), +) }

        /// Records with a result, or without one for good.
        var ended: Int { skipped.values.reduce(deadLettered.values.reduce(published, +), +) }
    }

    /// Where all records are at one moment.
    struct Account {
        let counts: Counts
        let inFlightRecords: Int
        let inFlightBytes: Int
        let assignment: [TopicPartition]
        /// Records in flight without a result: being decoded, in the batcher, or in an encoder.
        let encoding: Int
        /// Records with a result that waits for those of earlier ones, or for the delivery.
        let sequencing: Int
        /// Partitions with offsets that are to be committed.
        let due: Int

        /// Where the records are, for the log.
        var whereabouts: KeyValuePairs<String, String> {
            [
                "encoding": "\(encoding)", "sequencing": "\(sequencing)",
                "publishing": "\(inFlightRecords - encoding - sequencing)", "partitions_to_commit": "\(due)",
                "partitions": "\(assignment.count)",
            ]
        }
    }

    private struct Partition {
        let generation: Int
        var sequencer = Sequencer<InFlight>()
        var tracker = OffsetTracker()
        var lastOffset: Int64 = -1
    }

    private let maxRecords: Int
    private let maxBytes: Int
    private var partitions: [TopicPartition: Partition] = [:]
    /// Partitions whose next result is there.
    private var ready: [TopicPartition] = []
    private var generation = 0

    private(set) var counts = Counts()
    private(set) var inFlightRecords = 0
    private(set) var inFlightBytes = 0
    /// Whether partitions were assigned, and not lost since: the consumer is a member of its group.
    private(set) var hasJoined = false

    init(maxRecords: Int, maxBytes: Int) {
        self.maxRecords = maxRecords
        self.maxBytes = maxBytes
    }

    /// Where all records are.
    var account: Account {
        let sequencers = partitions.values.map(\.sequencer)
        return Account(
            counts: counts,
            inFlightRecords: inFlightRecords,
            inFlightBytes: inFlightBytes,
            assignment: assignment,
            encoding: sequencers.reduce(0) { $0 + $1.count - $1.finished },
            sequencing: sequencers.reduce(0) { $0 + $1.finished },
            due: duePositions.count
        )
    }

    /// The partitions that are assigned.
    var assignment: [TopicPartition] { Array(partitions.keys) }

    // MARK: Limits

    /// Records that a crash would have done again: those in flight, and those acknowledged since the last commit.
    private var repeatable: Int { inFlightRecords + uncommitted }

    /// Records that could be committed.
    private var uncommitted: Int { partitions.values.reduce(0) { $0 + $1.tracker.uncommitted } }

    /// How many more records may come in now; 0 at either limit.
    var room: Int { inFlightBytes >= maxBytes ? 0 : max(maxRecords - repeatable, 0) }

    /// Bytes of records that there is room for.
    var roomForBytes: Int { max(maxBytes - inFlightBytes, 0) }

    /// Half of both limits is free again: paused partitions are resumed.
    var isBelowLowWatermark: Bool { repeatable * 2 <= maxRecords && inFlightBytes * 2 <= maxBytes }

    /// So much could be committed that it pays to do so before the time, since it takes the room of new records.
    var wantsCommit: Bool { uncommitted * 2 >= maxRecords }

    /// Whether so much is half of either limit.
    func isHalf(records: Int, bytes: Int) -> Bool { records * 2 >= maxRecords || bytes * 2 >= maxBytes }

    // MARK: Records

    /// Takes in a record that was read.
    /// - Returns: the generation of its partition; nil if that is not assigned any more, or the record was read before.
    mutating func admit(_ record: Record) -> Int? {
        let partition = record.topicPartition
        // Not the partition itself: a copy of it would make the changes below copy all that waits.
        guard let (generation, lastOffset) = partitions[partition].map({ ($0.generation, $0.lastOffset) }),
            record.offset > lastOffset
        else { return nil }
        let bytes = record.byteCount
        partitions[partition]?.sequencer.expect(record.offset, bytes: bytes)
        partitions[partition]?.tracker.track(record.offset)
        partitions[partition]?.lastOffset = record.offset
        counts.consumed += 1
        inFlightRecords += 1
        inFlightBytes += bytes
        return generation
    }

    /// A record has its result; it is published after the earlier ones of its partition.
    mutating func finish(_ item: InFlight) {
        guard isCurrent(item), let wasReady = partitions[item.partition]?.sequencer.isReady else { return }
        partitions[item.partition]?.sequencer.finish(item.offset, item)
        let isReady = partitions[item.partition]?.sequencer.isReady ?? false
        if isReady, !wasReady { ready.append(item.partition) }
    }

    /// Takes the next record with messages to publish; those without are resolved on the way.
    mutating func next() -> InFlight? {
        while let partition = ready.last {
            guard let item = partitions[partition]?.sequencer.next() else {
                ready.removeLast()
                continue
            }
            if item.unacknowledged > 0 { return item }
            resolve(item)
        }
        return nil
    }

    /// All messages of a record were acknowledged, or it has none.
    mutating func resolve(_ item: InFlight) {
        switch item.result {
        case .tagged(let label, let decision, let isTruncated):
            counts.tagged[label, default: 0] += 1
            if let decision { counts.decided[decision, default: 0] += 1 }
            if isTruncated { counts.truncated += 1 }
        case .untagged:
            counts.untagged += 1
        case .unscored(let reason):
            counts.unscored[reason, default: 0] += 1
        case .deadLetter(let reason):
            counts.deadLettered[reason, default: 0] += 1
        case .skipped(let reason):
            counts.skipped[reason, default: 0] += 1
        case nil:
            preconditionFailure("a record without a result was published")
        }
        inFlightRecords -= 1
        inFlightBytes -= item.byteCount
        if isCurrent(item) { partitions[item.partition]?.tracker.resolve(item.offset) }
    }

    /// A record that `next` gave is not published, for its partition was revoked.
    mutating func drop(_ item: InFlight) {
        counts.skipped[.revoked, default: 0] += 1
        inFlightRecords -= 1
        inFlightBytes -= item.byteCount
    }

    /// Whether the record's partition was not revoked since it was read.
    func isCurrent(_ item: InFlight) -> Bool { partitions[item.partition]?.generation == item.generation }

    // MARK: Partitions

    /// The group gave the worker these partitions. One that is here still was lost without a word, and starts anew.
    mutating func assign(_ added: [TopicPartition]) {
        hasJoined = true
        revoke(added)
        for partition in added {
            generation += 1
            partitions[partition] = Partition(generation: generation)
        }
    }

    /// Whether every record of these partitions is resolved.
    func isDrained(_ partitions: some Sequence<TopicPartition>) -> Bool {
        partitions.allSatisfy { (self.partitions[$0]?.tracker.unresolved ?? 0) == 0 }
    }

    /// Whether every record of these partitions is resolved, and that is committed.
    func isSettled(_ partitions: some Sequence<TopicPartition>) -> Bool {
        partitions.allSatisfy { self.partitions[$0]?.tracker.isSettled ?? true }
    }

    /// Whether all records of these partitions were taken to be published.
    func isHandedOut(_ partitions: some Sequence<TopicPartition>) -> Bool {
        partitions.allSatisfy { (self.partitions[$0]?.sequencer.count ?? 0) == 0 }
    }

    /// There is nothing more to read before this offset.
    mutating func reachEnd(of partition: TopicPartition, at offset: Int64) {
        partitions[partition]?.tracker.reachEnd(offset)
    }

    /// The offsets that are to be committed and are not yet.
    var duePositions: [TopicPartition: Int64] { partitions.compactMapValues(\.tracker.due) }

    /// The offsets that are to be committed together with these records, whose messages are in one transaction.
    func duePositions(with items: [InFlight]) -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Set<Int64>] = [:]
        for item in items { offsets[item.partition, default: []].insert(item.offset) }
        var positions: [TopicPartition: Int64] = [:]
        for (partition, state) in partitions {
            positions[partition] = state.tracker.due(with: offsets[partition] ?? [])
        }
        return positions
    }

    /// These offsets are committed, or their commit is under way.
    mutating func commit(_ positions: [TopicPartition: Int64]) {
        for (partition, position) in positions { partitions[partition]?.tracker.commit(position) }
    }

    /// A commit failed: all positions are due again, which costs no more than the one that failed.
    mutating func commitFailed() {
        for partition in assignment { partitions[partition]?.tracker.commitFailed() }
    }

    /// Gives partitions up. From here on nothing of theirs is published or committed; what was handed out already is
    /// still counted when it is acknowledged.
    mutating func revoke(_ removed: [TopicPartition]) {
        for partition in removed {
            guard let waiting = partitions.removeValue(forKey: partition)?.sequencer else { continue }
            counts.skipped[.revoked, default: 0] += waiting.count
            inFlightRecords -= waiting.count
            inFlightBytes -= waiting.bytes
        }
    }

    /// Another worker has these partitions, and the consumer has yet to join its group again.
    mutating func lose(_ lost: [TopicPartition]) {
        revoke(lost)
        hasJoined = false
    }

    /// The last record that was read of a partition; nil if there is none.
    func lastOffset(of partition: TopicPartition) -> Int64? {
        partitions[partition].flatMap { $0.lastOffset < 0 ? nil : $0.lastOffset }
    }

    /// Partitions of which a record was read, or their end was reached.
    var begun: [TopicPartition] {
        partitions.filter { $0.value.lastOffset >= 0 || $0.value.tracker.position != nil }.map(\.key)
    }
}
