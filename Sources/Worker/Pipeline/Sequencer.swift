// SPDX-License-Identifier: Apache-2.0

/// Puts the results of one partition's records back into the order of their offsets.
///
/// Batches mix partitions and finish out of order; a result waits here for the earlier ones.
struct Sequencer<Result> {
    private struct Slot {
        let bytes: Int
        var result: Result?
    }

    private var slots = OffsetQueue<Slot>()

    /// Records whose result is owed, or waits for earlier ones.
    var count: Int { slots.count }

    /// Those of them whose result is there.
    private(set) var finished = 0

    /// Bytes of those records.
    private(set) var bytes = 0

    /// Whether the earliest result is there.
    var isReady: Bool { slots.first?.element.result != nil }

    /// A record of so many bytes was read: its result will come.
    mutating func expect(_ offset: Int64, bytes: Int) {
        slots.append(Slot(bytes: bytes), at: offset)
        self.bytes += bytes
    }

    /// The result of a record that was expected.
    mutating func finish(_ offset: Int64, _ result: Result) {
        guard let slot = slots[offset], slot.result == nil else { return }
        slots[offset]?.result = result
        finished += 1
    }

    /// Takes the next result, if it is there.
    mutating func next() -> Result? {
        guard let (_, slot) = slots.first, let result = slot.result else { return nil }
        slots.removeFirst()
        bytes -= slot.bytes
        finished -= 1
        return result
    }
}
