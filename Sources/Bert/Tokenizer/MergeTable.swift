// SPDX-License-Identifier: Apache-2.0

/// The merges of a byte-pair encoding: which pairs of neighbours become one symbol, and which pair goes first.
///
/// A hash table with open addressing in one array, so that a look-up is one cache line as a rule.
struct MergeTable: Sendable, Equatable {
    /// What becomes of a pair: its rank in the upper half, the id of what it becomes in the lower. The least goes first.
    typealias Merge = UInt64

    struct Slot: Sendable, Equatable {
        fileprivate(set) var pair: UInt64
        fileprivate(set) var merge: Merge
    }

    static let none = Merge.max
    private static let free = UInt64.max
    /// A power of two, at least twice the pairs.
    private var slots: [Slot]
    private let multiplier: UInt64
    private let shift: UInt64

    init(capacity: Int) {
        let bits = max(4, Int.bitWidth - (2 * capacity).leadingZeroBitCount)
        slots = [Slot](repeating: Slot(pair: Self.free, merge: Self.none), count: 1 << bits)
        shift = UInt64(64 - bits)
        // Not the same in two runs: no file can be made of pairs that all fall into one place.
        multiplier = UInt64.random(in: .min ... .max) | 1
    }

    /// Sets what becomes of a pair; the last rank counts where one is there twice. At most `capacity` pairs.
    mutating func insert(_ left: Int32, _ right: Int32, rank: Int, id: Int32) {
        let pair = Self.pair(left, right)
        var index = Int((pair &* multiplier) >> shift)
        while slots[index].pair != Self.free, slots[index].pair != pair { index = (index + 1) & (slots.count - 1) }
        slots[index] = Slot(pair: pair, merge: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: id)))
    }

    /// The same pairs become the same, wherever in the table they stand.
    static func == (first: MergeTable, second: MergeTable) -> Bool {
        guard first.slots.count == second.slots.count, first.pairs == second.pairs else { return false }
        return second.withLookup { other in
            first.slots.allSatisfy { $0.pair == free || other.merge(ofPair: $0.pair) == $0.merge }
        }
    }

    private var pairs: Int { slots.count { $0.pair != Self.free } }

    /// Calls `body` with the table in a form that is quick to look up in.
    @inline(__always)
    func withLookup<R>(_ body: (Lookup) -> R) -> R {
        slots.withUnsafeBufferPointer { slots in body(Lookup(slots: slots, multiplier: multiplier, shift: shift)) }
    }

    /// Valid as long as the table's pointer is.
    struct Lookup {
        fileprivate let slots: UnsafeBufferPointer<Slot>
        fileprivate let multiplier: UInt64
        fileprivate let shift: UInt64

        /// What becomes of two neighbours; `none` if they stay two.
        @inline(__always)
        func merge(_ left: Int32, _ right: Int32) -> Merge { merge(ofPair: MergeTable.pair(left, right)) }

        @inline(__always)
        fileprivate func merge(ofPair pair: UInt64) -> Merge {
            var index = Int((pair &* multiplier) >> shift)
            while true {
                let slot = slots[index]
                if slot.pair == pair { return slot.merge }
                if slot.pair == MergeTable.free { return MergeTable.none }
                index = (index + 1) & (slots.count - 1)
            }
        }
    }

    /// Ids are not negative, so that no pair equals `free`.
    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
