// SPDX-License-Identifier: Apache-2.0
import Kafka

/// The records between one consumer and one producer, and what may be published and committed when.
///
/// Pure: the threads of a lane change it under one lock and do what it says. It accounts for every record:
/// `consumed = published + deadLettered + skipped + inFlight` holds whenever the lock is free.
struct Flow {
    /// Names a record in flight. A late outcome for a partition that was given up, even if it was assigned again
    /// since, has an older generation and so changes nothing.
    struct Ticket: Sendable, Hashable {
        let partition: TopicPartition
        let generation: Int
        let offset: Int64
        let bytes: Int
    }

    /// What is to be done about a record.
    enum Outcome: Sendable {
        case publish(Message, of: Record, as: Kind)
        case skip(Skip)
    }

    /// What a published message is to its record.
    enum Kind: Sendable, Equatable {
        case tagged(label: String, isTruncated: Bool)
        case tombstone
        case deadLetter(Rejection.Reason)
    }

    /// A message that is next to be published.
    struct Publication: Sendable {
        let ticket: Ticket
        let message: Message
        let record: Record
        let kind: Kind
        /// It is to go in a batch of its own: the one that it was in was refused, for its sake or another's.
        var isAlone = false
    }

    /// What became of the records so far.
    struct Counts: Equatable {
        var consumed = 0
        var tagged: [String: Int] = [:]
        var truncated = 0
        var tombstones = 0
        var deadLettered: [Rejection.Reason: Int] = [:]
        var skipped: [Skip: Int] = [:]

        var published: Int { tagged.values.reduce(tombstones, +) }

        /// Records with a result, or without one for good.
        var ended: Int { skipped.values.reduce(deadLettered.values.reduce(published, +), +) }
    }

    /// Where all records are at one moment.
    struct Account {
        let counts: Counts
        let inFlightRecords: Int
        let inFlightBytes: Int
        let assignment: [TopicPartition]
        /// Records in flight without an outcome: being decoded, in the batcher, or in an encoder.
        let encoding: Int
        /// Records with an outcome that waits for those of earlier ones, or for the publisher.
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
        var sequencer = Sequencer<Outcome>()
        var tracker = OffsetTracker()
        var lastOffset: Int64 = -1
    }

    private let maxRecords: Int
    private let maxBytes: Int
    private var partitions: [TopicPartition: Partition] = [:]
    private var ready: [TopicPartition] = []
    /// What a transaction held that was aborted, the last message first: they go before all others, so that each
    /// partition's order stays.
    private var again: [Publication] = []
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

    /// Half of both limits is free again, so that it pays to resume.
    var hasEased: Bool { repeatable * 2 <= maxRecords && inFlightBytes * 2 <= maxBytes }

    /// So much could be committed that it pays to do so before the time, lest it take the room of new records.
    var wantsCommit: Bool { uncommitted * 2 >= maxRecords }

    /// Whether so much is half of either limit.
    func isHalf(records: Int, bytes: Int) -> Bool { records * 2 >= maxRecords || bytes * 2 >= maxBytes }

    // MARK: Records

    /// Takes in a record that was read; nil if its partition is not assigned any more.
    mutating func admit(_ record: Record) -> Ticket? {
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
        return Ticket(partition: partition, generation: generation, offset: record.offset, bytes: bytes)
    }

    /// A record's outcome is known; it will be published after those of the earlier records.
    mutating func finish(_ ticket: Ticket, _ outcome: Outcome) {
        guard isCurrent(ticket), let wasReady = partitions[ticket.partition]?.sequencer.isReady else { return }
        partitions[ticket.partition]?.sequencer.finish(ticket.offset, outcome)
        let isReady = partitions[ticket.partition]?.sequencer.isReady ?? false
        if isReady, !wasReady { ready.append(ticket.partition) }
    }

    /// Takes the next message to publish; outcomes without a message are resolved on the way.
    mutating func nextPublication() -> Publication? {
        while let next = again.popLast() {
            if isCurrent(next.ticket) { return next }
            drop(next.ticket)
        }
        while let partition = ready.last {
            guard let (offset, bytes, outcome) = partitions[partition]?.sequencer.next(),
                let generation = partitions[partition]?.generation
            else {
                ready.removeLast()
                continue
            }
            let ticket = Ticket(partition: partition, generation: generation, offset: offset, bytes: bytes)
            switch outcome {
            case .publish(let message, let record, let kind):
                return Publication(ticket: ticket, message: message, record: record, kind: kind)
            case .skip(let reason):
                counts.skipped[reason, default: 0] += 1
                resolve(ticket)
            }
        }
        return nil
    }

    /// A message was acknowledged by the broker.
    mutating func acknowledge(_ ticket: Ticket, _ kind: Kind) {
        switch kind {
        case .tagged(let label, let isTruncated):
            counts.tagged[label, default: 0] += 1
            if isTruncated { counts.truncated += 1 }
        case .tombstone:
            counts.tombstones += 1
        case .deadLetter(let reason):
            counts.deadLettered[reason, default: 0] += 1
        }
        resolve(ticket)
    }

    /// Nothing is published of a record whose partition was given up.
    private mutating func drop(_ ticket: Ticket) {
        counts.skipped[.revoked, default: 0] += 1
        inFlightRecords -= 1
        inFlightBytes -= ticket.bytes
    }

    private mutating func resolve(_ ticket: Ticket) {
        inFlightRecords -= 1
        inFlightBytes -= ticket.bytes
        if isCurrent(ticket) { partitions[ticket.partition]?.tracker.resolve(ticket.offset) }
    }

    /// Whether the record's partition was not given up since it was read.
    func isCurrent(_ ticket: Ticket) -> Bool {
        partitions[ticket.partition]?.generation == ticket.generation
    }

    // MARK: Partitions

    mutating func assign(_ added: [TopicPartition]) {
        hasJoined = true
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

    /// Whether all messages of these partitions were taken to be published.
    func isHandedOut(_ partitions: some Sequence<TopicPartition>) -> Bool {
        again.isEmpty && partitions.allSatisfy { (self.partitions[$0]?.sequencer.count ?? 0) == 0 }
    }

    /// There is nothing more to read before this offset.
    mutating func reachEnd(of partition: TopicPartition, at offset: Int64) {
        partitions[partition]?.tracker.reachEnd(offset)
    }

    /// How far these partitions may be committed.
    func positions(of chosen: [TopicPartition]) -> [TopicPartition: Int64] {
        var positions: [TopicPartition: Int64] = [:]
        for partition in chosen { positions[partition] = partitions[partition]?.tracker.position }
        return positions
    }

    /// The offsets that are to be committed and are not yet.
    var duePositions: [TopicPartition: Int64] { partitions.compactMapValues(\.tracker.due) }

    /// These offsets are committed, or their commit is under way.
    mutating func commit(_ positions: [TopicPartition: Int64]) {
        for (partition, position) in positions { partitions[partition]?.tracker.commit(position) }
    }

    /// A commit failed: all positions are due again, which costs no more than the one that failed.
    mutating func commitFailed() {
        for partition in assignment { partitions[partition]?.tracker.commitFailed() }
    }

    /// Gives partitions up. From here on nothing of theirs is published or committed; what is with the producer
    /// already is still counted when it is acknowledged.
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

    // MARK: Transactions

    // A message within a transaction that is open is in flight, acknowledged or not. It counts when the transaction is
    // committed. When it is aborted, nothing is read a second time: the messages are still here and are published again,
    // so that `consumed` counts each record once however often its transaction fails.

    /// The offsets that a transaction of these messages is to commit: as if they were acknowledged.
    func duePositions(with messages: [Publication]) -> [TopicPartition: Int64] {
        var after = self
        for message in messages { after.resolve(message.ticket) }
        return after.duePositions
    }

    /// A transaction of these messages and offsets was committed.
    mutating func commit(_ messages: [Publication], _ positions: [TopicPartition: Int64]) {
        for message in messages { acknowledge(message.ticket, message.kind) }
        commit(positions)
    }

    /// A transaction of these messages was aborted. Those of partitions that were given up are dropped in their turn.
    mutating func takeBack(_ messages: [Publication]) {
        again += messages.reversed()
    }
}
