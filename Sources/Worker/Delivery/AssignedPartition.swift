// SPDX-License-Identifier: Apache-2.0
import Kafka

/// One partition that a consumer worker has: its records in flight, and how far it is done.
///
/// Records come in at the front. Where that has jumped ahead they come in behind it, too, out of the gaps that it left, the
/// oldest first. What came in at the front leaves in the order of offsets, and so does what came in behind.
struct AssignedPartition {
    let generation: Int
    private var front = Sequencer<InFlight>()
    private var behind = Sequencer<InFlight>()
    /// How far the front is done, its gaps aside.
    private var tracker = OffsetTracker()
    /// In ascending order. One that is done stays while the front is not done up to it.
    private var gaps: [Gap] = []
    private var committed: OffsetAndMetadata?
    /// Of the front; -1 while there is none.
    private(set) var lastOffset: Int64 = -1
    /// Whether a record was read at the front, or the end was reached.
    private(set) var hasBegun = false
    /// Timestamps of the front's records in flight, by their offsets.
    private var times: [Int64: Int64] = [:]
    private var newestDone: Int64?
    /// Whether it is known which gaps were left when the partition was assigned.
    private(set) var isResumed: Bool

    /// So many that a commit's metadata stays below what brokers take: two numbers each, of fifteen digits at most.
    private static let maxGaps = 128

    /// - Parameter isResumed: false if `resume` is to say what was committed before anything is read.
    init(generation: Int, isResumed: Bool = true) {
        self.generation = generation
        self.isResumed = isResumed
    }

    /// Goes on where the group is.
    mutating func resume(at committed: OffsetAndMetadata?) {
        guard !isResumed else { return }
        isResumed = true
        guard let committed else { return }
        let open = OpenOffsets(committed)
        guard !open.gaps.isEmpty else { return }
        gaps = open.gaps.map(Gap.init)
        lastOffset = open.front - 1
        tracker = OffsetTracker(position: open.front)
        self.committed = committed
    }

    // MARK: Records

    /// Takes in a record that was read at the front; false if it was read before, or jumped over.
    /// - Parameter time: its timestamp, in milliseconds since 1970.
    mutating func admit(_ offset: Int64, bytes: Int, time: Int64? = nil) -> Bool {
        guard offset > lastOffset else { return false }
        if let time { times[offset] = time }
        front.expect(offset, bytes: bytes)
        tracker.track(offset)
        lastOffset = offset
        hasBegun = true
        return true
    }

    /// Takes in a record that was read out of the oldest gap; false if it is not of that, or was read before.
    mutating func admitBehind(_ offset: Int64, bytes: Int) -> Bool {
        guard let index = gaps.firstIndex(where: { !$0.isRead }), gaps[index].admit(offset) else {
            dropDoneGaps()
            return false
        }
        behind.expect(offset, bytes: bytes)
        return true
    }

    /// There is nothing more to read before this offset.
    mutating func reachEnd(_ offset: Int64) {
        hasBegun = true
        tracker.reachEnd(offset)
        dropDoneGaps()
    }

    /// There is nothing more to read of the oldest gap before this offset.
    mutating func reachEndBehind(_ offset: Int64) {
        guard let index = gaps.firstIndex(where: { !$0.isRead }) else { return }
        gaps[index].reachEnd(offset)
        dropDoneGaps()
    }

    /// The front goes on after these offsets, which are left for later; false if there are too many gaps already.
    mutating func jump(over offsets: Range<Int64>) -> Bool {
        guard gaps.count < Self.maxGaps, offsets.lowerBound > lastOffset else { return false }
        tracker.reachEnd(offsets.lowerBound)
        gaps.append(Gap(offsets))
        lastOffset = offsets.upperBound - 1
        hasBegun = true
        return true
    }

    /// The result of a record that was admitted.
    mutating func finish(_ item: InFlight) {
        if item.isBehind { behind.finish(item.offset, item) } else { front.finish(item.offset, item) }
    }

    /// Whether the next result is there.
    var isReady: Bool { front.isReady || behind.isReady }

    /// Takes the next result, if it is there.
    mutating func next() -> InFlight? { front.next() ?? behind.next() }

    /// A record is done with.
    mutating func resolve(_ item: InFlight) {
        if !item.isBehind {
            tracker.resolve(item.offset)
            if let time = times.removeValue(forKey: item.offset) { newestDone = max(newestDone ?? time, time) }
        } else if let index = gaps.firstIndex(where: { $0.offsets.contains(item.offset) }) {
            gaps[index].resolve(item.offset)
        }
        dropDoneGaps()
    }

    private mutating func dropDoneGaps() {
        while let gap = gaps.first, gap.open().isEmpty, let position = tracker.position,
            position >= gap.offsets.upperBound
        {
            gaps.removeFirst()
        }
    }

    // MARK: Where they are

    /// How old they are.
    var recordTimes: RecordTimes {
        RecordTimes(oldestInFlight: tracker.earliest.flatMap { times[$0] }, newestDone: newestDone)
    }

    /// Records whose result is owed, or waits for earlier ones.
    var waiting: (count: Int, bytes: Int) { (front.count + behind.count, front.bytes + behind.bytes) }

    /// Those of them whose result is there.
    var finished: Int { front.finished + behind.finished }

    /// Records that came in at the front whose result is owed, or waits for earlier ones.
    var waitingAtFront: Int { front.count }

    /// Records out of gaps whose result is owed.
    var unfinishedBehind: Int { behind.count - behind.finished }

    /// Records read and not resolved.
    var unresolved: Int { gaps.reduce(tracker.unresolved) { $0 + $1.tracker.unresolved } }

    /// Records that are resolved and could be committed.
    var uncommitted: Int { gaps.reduce(tracker.uncommitted) { $0 + $1.tracker.uncommitted } }

    /// What of the oldest gap is left to read.
    var unread: Range<Int64>? { gaps.first { !$0.isRead }.map { $0.next..<$0.offsets.upperBound } }

    /// Offsets in gaps that are not done.
    var countBehind: Int { gaps.reduce(0) { $0 + $1.open().count } }

    /// Whether anything is left that the front has jumped over.
    var hasGaps: Bool { !gaps.isEmpty }

    // MARK: Commits

    /// What to commit once these records are resolved, too; nil while there is nothing.
    private func position(with resolved: Set<Int64>) -> OffsetAndMetadata? {
        let position = tracker.position(with: resolved)
        guard !gaps.isEmpty else { return position.map { OffsetAndMetadata(offset: $0) } }
        guard var next = position ?? tracker.earliest else { return nil }
        var open: [Range<Int64>] = []
        for gap in gaps {
            if next < gap.offsets.lowerBound { open.append(next..<gap.offsets.lowerBound) }
            open.append(gap.open(with: resolved))
            next = max(next, gap.offsets.upperBound)
        }
        return OpenOffsets(open, front: next).committed
    }

    /// What is to be committed now; nil if it is committed already.
    var due: OffsetAndMetadata? {
        guard !gaps.isEmpty else {
            guard let position = tracker.position, committed != OffsetAndMetadata(offset: position) else { return nil }
            return OffsetAndMetadata(offset: position)
        }
        return due(with: [])
    }

    /// What is to be committed together with these records, as if they were resolved; nil if there is nothing.
    func due(with resolved: Set<Int64>) -> OffsetAndMetadata? {
        let position = position(with: resolved)
        return position != committed ? position : nil
    }

    /// Whether all that was read is resolved and committed.
    var isSettled: Bool { unresolved == 0 && due == nil }

    /// This is committed, or its commit is under way.
    mutating func commit(_ position: OffsetAndMetadata) {
        committed = position
        tracker.commit()
        for index in gaps.indices { gaps[index].commit() }
    }

    /// A commit failed: what it was for is due again.
    mutating func commitFailed() { committed = nil }
}
