// SPDX-License-Identifier: Apache-2.0

/// Merges the symbols of one word: of all pairs of neighbours the one of the least rank, the first of these, until none is
/// left to merge (Sennrich et al., 2016). It keeps its memory from word to word.
struct SymbolMerger {
    /// The word's symbols, one a byte before `merge`.
    var symbols: [Int32] = []
    /// What becomes of each symbol and the one behind it.
    private var merges: [MergeTable.Merge] = []
    private var heap = MinHeap()
    /// The neighbours of each symbol of a long word; -1 before the first, `symbols.count` behind the last.
    private var previous: [Int32] = []
    private var next: [Int32] = []
    /// Up to so many symbols, looking at all of them for every merge takes less time than to keep them in order.
    private static let short = 48

    mutating func merge(by table: MergeTable.Lookup) {
        if symbols.count <= Self.short { mergeShort(by: table) } else { mergeLong(by: table) }
    }

    /// Quadratic in the symbols.
    private mutating func mergeShort(by table: MergeTable.Lookup) {
        merges.removeAll(keepingCapacity: true)
        for index in symbols.indices.dropLast() { merges.append(table.merge(symbols[index], symbols[index + 1])) }
        while true {
            var best = MergeTable.none
            var at = 0
            for index in merges.indices where merges[index] < best {
                best = merges[index]
                at = index
            }
            if best == MergeTable.none { return }
            symbols[at] = Int32(truncatingIfNeeded: best)
            symbols.remove(at: at + 1)
            merges.remove(at: at)
            if at > 0 { merges[at - 1] = table.merge(symbols[at - 1], symbols[at]) }
            if at < merges.count { merges[at] = table.merge(symbols[at], symbols[at + 1]) }
        }
    }

    /// n · log n: pairs come from a heap by rank and place, and those that have changed since are passed over.
    private mutating func mergeLong(by table: MergeTable.Lookup) {
        let count = symbols.count
        precondition(count < 1 << 31, "a word's places fit into 31 bits")
        previous = (0..<Int32(count)).map { $0 - 1 }
        next = (0..<Int32(count)).map { $0 + 1 }
        merges = [MergeTable.Merge](repeating: MergeTable.none, count: count)
        heap.removeAll()
        for index in 0..<count - 1 { lookUp(index, table) }
        while let entry = heap.pop() {
            let index = Int(entry & 0xFFFF_FFFF)
            guard merges[index] != MergeTable.none, merges[index] >> 32 == entry >> 32 else { continue }
            let gone = Int(next[index])
            symbols[index] = Int32(truncatingIfNeeded: merges[index])
            merges[gone] = MergeTable.none
            symbols[gone] = -1
            next[index] = next[gone]
            if Int(next[index]) < count { previous[Int(next[index])] = Int32(index) }
            lookUp(index, table)
            if previous[index] >= 0 { lookUp(Int(previous[index]), table) }
        }
        symbols.removeAll { $0 < 0 }
    }

    private mutating func lookUp(_ index: Int, _ table: MergeTable.Lookup) {
        let right = Int(next[index])
        let merge = right < symbols.count ? table.merge(symbols[index], symbols[right]) : MergeTable.none
        merges[index] = merge
        if merge != MergeTable.none { heap.push(merge & ~0xFFFF_FFFF | UInt64(index)) }
    }
}
