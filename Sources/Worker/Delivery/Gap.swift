// SPDX-License-Identifier: Apache-2.0

/// Offsets that the front of a partition has jumped over: how far they are read, and how far they are done.
struct Gap {
    let offsets: Range<Int64>
    /// The next offset to read.
    private(set) var next: Int64
    private(set) var tracker: OffsetTracker

    init(_ offsets: Range<Int64>) {
        self.offsets = offsets
        next = offsets.lowerBound
        tracker = OffsetTracker(position: offsets.lowerBound)
    }

    /// Whether nothing of it is left to read.
    var isRead: Bool { next >= offsets.upperBound }

    /// What is left to be done once these records are resolved, too.
    func open(with resolved: Set<Int64> = []) -> Range<Int64> {
        min(tracker.position(with: resolved) ?? offsets.lowerBound, offsets.upperBound)..<offsets.upperBound
    }

    /// Takes in the next record that was read, be it from beyond the gap, which ends that.
    /// - Returns: whether the record is of the gap, and was not read before.
    mutating func admit(_ offset: Int64) -> Bool {
        let isNew = offset >= next && offset < offsets.upperBound
        if isNew {
            tracker.track(offset)
            next = offset + 1
        }
        reachEnd(offset + 1)
        return isNew
    }

    /// There is nothing more to read before this offset.
    mutating func reachEnd(_ offset: Int64) {
        guard offset >= offsets.upperBound else { return }
        next = offsets.upperBound
        tracker.reachEnd(next)
    }

    mutating func resolve(_ offset: Int64) { tracker.resolve(offset) }

    mutating func commit() { tracker.commit() }
}
