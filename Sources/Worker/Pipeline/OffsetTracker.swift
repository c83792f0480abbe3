// SPDX-License-Identifier: Apache-2.0

/// Knows how far records that are read one after the other are done: up to the first that is not resolved, and never past
/// it.
///
/// A record is resolved when its output, or its dead letter, is acknowledged, or when there is nothing to publish.
struct OffsetTracker {
    private var pending = OffsetQueue<Bool>()
    /// After the last record below which all are resolved; nil while there is none.
    private(set) var position: Int64?
    /// Records that the position has passed, and how many of them when it was last committed.
    private var passed = 0
    private var passedAtCommit = 0
    /// Where the records ended when that was last looked at.
    private var end: Int64?

    /// - Parameter position: below which all is done; nil where that is not known.
    init(position: Int64? = nil) { self.position = position }

    /// A record was read.
    mutating func track(_ offset: Int64) {
        pending.append(false, at: offset)
    }

    /// A record is done with.
    mutating func resolve(_ offset: Int64) {
        pending[offset] = true
        while let (offset, isResolved) = pending.first, isResolved {
            pending.removeFirst()
            passed += 1
            position = offset + 1
        }
        passEnd()
    }

    /// There is nothing more to read before `offset`. What lies there beyond the last record, the markers of transactions
    /// or what compaction left, is passed over as well: else a partition that is read to its end would seem to lag.
    mutating func reachEnd(_ offset: Int64) {
        end = offset
        passEnd()
    }

    private mutating func passEnd() {
        guard let end, pending.isEmpty, end > position ?? -1 else { return }
        position = end
    }

    /// Records read and not resolved.
    var unresolved: Int { pending.count }

    /// The first of them.
    var earliest: Int64? { pending.first?.offset }

    /// The position as it is once these records are resolved, too.
    func position(with resolved: Set<Int64>) -> Int64? {
        var position = position
        var isAll = true
        for (offset, isResolved) in pending {
            guard isResolved || resolved.contains(offset) else {
                isAll = false
                break
            }
            position = offset + 1
        }
        if isAll, let end, end > position ?? -1 { position = end }
        return position
    }

    /// The position is committed, or its commit is under way.
    mutating func commit() { passedAtCommit = passed }

    /// Records that are resolved, with all before them, and not committed.
    var uncommitted: Int { passed - passedAtCommit }
}
