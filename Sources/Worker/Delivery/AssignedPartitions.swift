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
        let times: [TopicPartition: RecordTimes]
        /// Records in flight without a result: being decoded, in the batcher, or in an encoder.
        let encoding: Int
        /// Records with a result that waits for those of earlier ones, or for the delivery.
        let sequencing: Int
        /// Partitions with offsets that are to be committed.
        let due: Int
        /// Offsets that were jumped over and are not done.
        let behind: Int

        /// Where the records are, for the log.
        var whereabouts: KeyValuePairs<String, String> {
            [
                "encoding": "\(encoding)", "sequencing": "\(sequencing)",
                "publishing": "\(inFlightRecords - encoding - sequencing)", "partitions_to_commit": "\(due)",
                "partitions": "\(assignment.count)",
            ]
        }
    }

    private let maxRecords: Int
    private let maxBytes: Int
    /// Whether fronts jump ahead, and how many records may wait then; nil where they do not.
    private var waitingLimit: WaitingLimit?
    private var partitions: [TopicPartition: AssignedPartition] = [:]
    /// Partitions whose next result is there.
    private var ready: [TopicPartition] = []
    private var generation = 0

    private(set) var counts = Counts()
    private(set) var inFlightRecords = 0
    private(set) var inFlightBytes = 0
    /// Whether partitions were assigned, and not lost since: the consumer is a member of its group.
    private(set) var hasJoined = false

    /// - Parameter catchUpAfter: how old records are that fronts jump over, so that gaps may have been left, too; nil where
    ///   nothing is jumped over.
    init(maxRecords: Int, maxBytes: Int, catchUpAfter: Duration? = nil) {
        self.maxRecords = maxRecords
        self.maxBytes = maxBytes
        // A record that is not yet too old when it is read is to be not much older when it is done.
        waitingLimit = catchUpAfter.map { WaitingLimit(time: $0 / 4) }
    }

    /// Whether a partition is read only once it is known which gaps it was left with.
    private var leavesGaps: Bool { waitingLimit != nil }

    /// Goes on counting where another one has ended; what that had in flight is read again.
    mutating func goOn(from last: Account) {
        counts = last.counts
        if last.inFlightRecords > 0 { counts.skipped[.revoked, default: 0] += last.inFlightRecords }
    }

    /// Where all records are.
    var account: Account {
        let waiting = partitions.values.reduce(0) { $0 + $1.waiting.count }
        let finished = partitions.values.reduce(0) { $0 + $1.finished }
        return Account(
            counts: counts,
            inFlightRecords: inFlightRecords,
            inFlightBytes: inFlightBytes,
            assignment: assignment,
            times: partitions.mapValues(\.recordTimes),
            encoding: waiting - finished,
            sequencing: finished,
            due: duePositions.count,
            behind: partitions.values.reduce(0) { $0 + $1.countBehind }
        )
    }

    /// The partitions that are assigned.
    var assignment: [TopicPartition] { Array(partitions.keys) }

    // MARK: Limits

    /// Records that a crash would have done again: those in flight, and those acknowledged since the last commit.
    private var repeatable: Int { inFlightRecords + uncommitted }

    /// Records that could be committed.
    private var uncommitted: Int { partitions.values.reduce(0) { $0 + $1.uncommitted } }

    /// How many more records may come in now at the fronts; 0 at either limit, or where as many wait there as are done in time.
    var room: Int { inFlightBytes >= maxBytes ? 0 : max(min(maxRecords - repeatable, roomAtFront), 0) }

    private var roomAtFront: Int {
        guard let waitingLimit else { return .max }
        return waitingLimit.records - partitions.values.reduce(0) { $0 + $1.waitingAtFront }
    }

    /// Bytes of records that there is room for.
    var roomForBytes: Int { max(maxBytes - inFlightBytes, 0) }

    /// How many records out of gaps may come in now: none where those at the front have to wait for room. They leave half of
    /// both limits to those, which wait for no more of them than are done in time, nor than keep encoders busy.
    var roomBehind: Int {
        guard inFlightBytes * 2 < maxBytes, room > 0 else { return 0 }
        let unfinished = partitions.values.reduce(0) { $0 + $1.unfinishedBehind }
        let limit = min(waitingLimit?.records ?? 0, Self.maxUnfinishedBehind)
        return max(min((maxRecords + 1) / 2 - repeatable, limit - unfinished), 0)
    }

    private static let maxUnfinishedBehind = 256

    /// Half of both limits is free again: paused partitions are resumed.
    var isBelowLowWatermark: Bool { repeatable * 2 <= maxRecords && inFlightBytes * 2 <= maxBytes }

    /// So much could be committed that it pays to do so before the time, since it takes the room of new records.
    var wantsCommit: Bool { uncommitted * 2 >= maxRecords }

    /// Whether so much is half of either limit.
    func isHalf(records: Int, bytes: Int) -> Bool { records * 2 >= maxRecords || bytes * 2 >= maxBytes }

    // MARK: Records

    /// Takes in a record that was read.
    /// - Parameter isBehind: it was read out of a gap.
    /// - Returns: the generation of its partition; nil if that is not assigned any more, or the record was read before, or
    ///   jumped over.
    mutating func admit(_ record: Record, isBehind: Bool = false) -> Int? {
        let (partition, bytes) = (record.topicPartition, record.byteCount)
        let isAdmitted =
            isBehind
            ? partitions[partition]?.admitBehind(record.offset, bytes: bytes)
            : partitions[partition]?.admit(record.offset, bytes: bytes, time: record.timestamp?.milliseconds)
        guard isAdmitted == true, let generation = partitions[partition]?.generation else { return nil }
        counts.consumed += 1
        inFlightRecords += 1
        inFlightBytes += bytes
        return generation
    }

    /// A record has its result; it is published after the earlier ones of its partition.
    mutating func finish(_ item: InFlight) {
        guard isCurrent(item), let wasReady = partitions[item.partition]?.isReady else { return }
        partitions[item.partition]?.finish(item)
        let isReady = partitions[item.partition]?.isReady ?? false
        if isReady, !wasReady { ready.append(item.partition) }
    }

    /// So many records have their results that had to wait for them.
    mutating func finished(_ count: Int, at now: ContinuousClock.Instant) { waitingLimit?.finished(count, at: now) }

    /// Takes the next record with messages to publish; those without are resolved on the way.
    mutating func next() -> InFlight? {
        while let partition = ready.last {
            guard let item = partitions[partition]?.next() else {
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
            counts.tagged.count(label, other: "other")
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
        if isCurrent(item) { partitions[item.partition]?.resolve(item) }
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
            partitions[partition] = AssignedPartition(generation: generation, isResumed: !leavesGaps)
        }
    }

    /// A partition of the worker's begins anew, and nothing that was committed of it is of any meaning.
    mutating func begin(_ partition: TopicPartition) {
        assign([partition])
        resume([partition], at: [:])
    }

    /// Whether every record of these partitions is resolved.
    func isDrained(_ partitions: some Sequence<TopicPartition>) -> Bool {
        partitions.allSatisfy { (self.partitions[$0]?.unresolved ?? 0) == 0 }
    }

    /// Whether every record of these partitions is resolved, and that is committed.
    func isSettled(_ partitions: some Sequence<TopicPartition>) -> Bool {
        partitions.allSatisfy { self.partitions[$0]?.isSettled ?? true }
    }

    /// Whether all records of these partitions were taken to be published.
    func isHandedOut(_ partitions: some Sequence<TopicPartition>) -> Bool {
        partitions.allSatisfy { (self.partitions[$0]?.waiting.count ?? 0) == 0 }
    }

    /// There is nothing more to read before this offset.
    mutating func reachEnd(of partition: TopicPartition, at offset: Int64) {
        partitions[partition]?.reachEnd(offset)
    }

    /// The offsets that are to be committed and are not yet.
    var duePositions: [TopicPartition: OffsetAndMetadata] { partitions.compactMapValues(\.due) }

    /// The offsets that are to be committed together with these records, whose messages are in one transaction.
    func duePositions(with items: [InFlight]) -> [TopicPartition: OffsetAndMetadata] {
        var offsets: [TopicPartition: Set<Int64>] = [:]
        for item in items { offsets[item.partition, default: []].insert(item.offset) }
        var positions: [TopicPartition: OffsetAndMetadata] = [:]
        for (partition, state) in partitions {
            positions[partition] = state.due(with: offsets[partition] ?? [])
        }
        return positions
    }

    /// These offsets are committed, or their commit is under way.
    mutating func commit(_ positions: [TopicPartition: OffsetAndMetadata]) {
        for (partition, position) in positions { partitions[partition]?.commit(position) }
    }

    /// A commit failed: all positions are due again, which costs no more than the one that failed.
    mutating func commitFailed() {
        for partition in assignment { partitions[partition]?.commitFailed() }
    }

    /// Gives partitions up. From here on nothing of theirs is published or committed; what was handed out already is
    /// still counted when it is acknowledged.
    mutating func revoke(_ removed: [TopicPartition]) {
        for partition in removed {
            guard let waiting = partitions.removeValue(forKey: partition)?.waiting else { continue }
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

    /// The last record that was read at the front of a partition, or jumped over; nil if there is none.
    func lastOffset(of partition: TopicPartition) -> Int64? {
        guard let offset = partitions[partition]?.lastOffset, offset >= 0 else { return nil }
        return offset
    }

    /// Partitions of which a record was read, or their end was reached.
    var begun: [TopicPartition] {
        partitions.filter { $0.value.hasBegun }.map(\.key)
    }

    // MARK: Gaps

    /// Partitions of which it is not known yet which gaps they were left with: nothing of them may be admitted.
    var unresumed: [TopicPartition] { leavesGaps ? partitions.filter { !$0.value.isResumed }.map(\.key) : [] }

    /// These partitions go on where they are committed.
    mutating func resume(_ resumed: [TopicPartition], at committed: [TopicPartition: OffsetAndMetadata]) {
        for partition in resumed { partitions[partition]?.resume(at: committed[partition]) }
    }

    /// The front of a partition goes on after these offsets; false if they cannot be left for later.
    mutating func jump(over offsets: Range<Int64>, of partition: TopicPartition) -> Bool {
        partitions[partition]?.jump(over: offsets) ?? false
    }

    /// Where the front of a partition goes on that has jumped over a record, so that it was not admitted; nil if it has
    /// left no gap.
    func front(of partition: TopicPartition) -> Int64? {
        guard partitions[partition]?.hasGaps == true else { return nil }
        return lastOffset(of: partition).map { $0 + 1 }
    }

    /// There is nothing more to read of a partition's oldest gap before this offset.
    mutating func reachEndBehind(of partition: TopicPartition, at offset: Int64) {
        partitions[partition]?.reachEndBehind(offset)
    }

    /// What is left to read of each partition's oldest gap.
    var unread: [TopicPartition: UnreadGap] {
        guard leavesGaps else { return [:] }
        var unread: [TopicPartition: UnreadGap] = [:]
        for (partition, state) in partitions {
            unread[partition] = state.unread.map { UnreadGap(generation: state.generation, offsets: $0) }
        }
        return unread
    }

    /// Partitions with offsets in gaps that are not done.
    var partitionsBehind: Set<TopicPartition> {
        leavesGaps ? Set(partitions.filter { $0.value.countBehind > 0 }.map(\.key)) : []
    }
}
