// SPDX-License-Identifier: Apache-2.0

/// Puts the outcomes of one partition's records back into the order of their offsets.
///
/// Batches mix partitions and finish out of order; an outcome waits here for the earlier ones.
struct Sequencer<Outcome> {
    private struct Slot {
        let bytes: Int
        var outcome: Outcome?
    }

    private var slots = OffsetQueue<Slot>()

    /// Records whose outcome is owed, or waits for earlier ones.
    var count: Int { slots.count }

    /// Those of them whose outcome is there.
    private(set) var finished = 0

    /// Bytes of those records.
    private(set) var bytes = 0

    /// Whether the earliest outcome is there.
    var isReady: Bool { slots.first?.element.outcome != nil }

    /// A record of so many bytes was read: its outcome will come.
    mutating func expect(_ offset: Int64, bytes: Int) {
        slots.append(Slot(bytes: bytes), at: offset)
        self.bytes += bytes
    }

    /// The outcome of a record that was expected.
    mutating func finish(_ offset: Int64, _ outcome: Outcome) {
        guard let slot = slots[offset], slot.outcome == nil else { return }
        slots[offset]?.outcome = outcome
        finished += 1
    }

    /// Takes the next outcome, if it is there.
    mutating func next() -> (offset: Int64, bytes: Int, outcome: Outcome)? {
        guard let (offset, slot) = slots.first, let outcome = slot.outcome else { return nil }
        slots.removeFirst()
        bytes -= slot.bytes
        finished -= 1
        return (offset, slot.bytes, outcome)
    }
}
