// SPDX-License-Identifier: Apache-2.0

/// Elements of one partition in the order of their offsets: added at the end, found by offset, taken from the front.
///
/// Offsets may have gaps, as compaction and transaction markers leave them.
struct OffsetQueue<Element> {
    private var entries: [(offset: Int64, element: Element)] = []
    /// Entries before this one are taken already; they go when they are half of the array, so that taking is O(1).
    private var head = 0

    var count: Int { entries.count - head }
    var isEmpty: Bool { count == 0 }
    var first: (offset: Int64, element: Element)? { isEmpty ? nil : entries[head] }

    mutating func append(_ element: Element, at offset: Int64) {
        precondition(entries.last.map { $0.offset < offset } ?? true, "offsets of a partition ascend")
        entries.append((offset, element))
    }

    mutating func removeFirst() {
        precondition(!isEmpty, "nothing is left to take")
        head += 1
        if head * 2 >= entries.count {
            entries.removeSubrange(..<head)
            head = 0
        }
    }

    /// The element of an offset; nil if it was never added or is taken already.
    subscript(offset: Int64) -> Element? {
        get { index(of: offset).map { entries[$0].element } }
        set {
            guard let index = index(of: offset), let newValue else { return }
            entries[index].element = newValue
        }
    }

    private func index(of offset: Int64) -> Int? {
        var (low, high) = (head, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].offset == offset ? low : nil
    }
}

extension OffsetQueue: Sequence {
    func makeIterator() -> some IteratorProtocol<(offset: Int64, element: Element)> { entries[head...].makeIterator() }
}
