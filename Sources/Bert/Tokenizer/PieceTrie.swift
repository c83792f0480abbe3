// SPDX-License-Identifier: Apache-2.0

/// A trie over the bytes of pieces that finds the longest piece at a position in one walk: a double array, so that a
/// step is one load and one comparison.
///
/// A node's child for byte `b` lies in slot `base ^ b`. Each base belongs to one node only, hence a child is recognised
/// by its byte alone. One unit of 64 bits is a node: bits 0…8 its own byte + 1 (0: the slot is free), bits 9…35 the base of
/// its children (0: none), bits 36…63 the value of the piece that ends here + 1 (0: none does).
struct PieceTrie: Sendable, Equatable {
    /// A node, as it stands in the array.
    typealias Node = UInt64

    /// A whole number of blocks of 256, so that `base ^ byte` stays within the array for every base in it.
    private let units: [Node]
    let root: Node

    /// The most that a value can be.
    static let maxValue: Int32 = 1 << 28 - 2

    /// Two of the pieces are equal: their indices.
    struct Repeat: Error {
        let first: Int
        let second: Int
    }

    /// Builds the trie of `pieces`, or throws if two are equal.
    /// - Parameter values: one for each piece, from 0 to `maxValue`.
    init(pieces: PieceList, values: [Int32]) throws(Repeat) {
        var builder = Builder(pieces: pieces, values: values)
        root = try builder.build()
        units = builder.units
    }

    /// Calls `body` with the array, for walks by `step`.
    @inline(__always)
    func withUnits<R>(_ body: (UnsafeBufferPointer<Node>) -> R) -> R {
        units.withUnsafeBufferPointer(body)
    }

    /// The child of `node` for `byte`, or 0. `node` comes from this trie: its base lies in the array, and so do the 256
    /// slots around it.
    @inline(__always)
    static func step(_ units: UnsafeBufferPointer<Node>, _ node: Node, _ byte: UInt8) -> Node {
        let child = units[Int(node >> 9 & 0x7FF_FFFF) ^ Int(byte)]
        return child & 0x1FF == Node(byte) + 1 ? child : 0
    }

    /// The value of the piece that ends at `node`, or -1.
    @inline(__always)
    static func value(_ node: Node) -> Int32 { Int32(truncatingIfNeeded: node >> 36) - 1 }

    /// The node at the end of `bytes`, or 0 if no piece begins so.
    func node(of bytes: some Sequence<UInt8>) -> Node {
        withUnits { units in
            var node = root
            for byte in bytes {
                node = Self.step(units, node, byte)
                if node == 0 { return 0 }
            }
            return node
        }
    }

    /// The value of the piece that equals `bytes`, or nil.
    func value(of bytes: some Sequence<UInt8>) -> Int32? {
        let node = node(of: bytes)
        return node == 0 || Self.value(node) < 0 ? nil : Self.value(node)
    }
}

extension PieceTrie {
    /// Places nodes top down, over the pieces in byte order. Time is linear in their bytes, but for the sort.
    private struct Builder {
        private(set) var units: [Node]
        private let pieces: PieceList
        private let values: [Int32]
        private let order: [Int]
        /// Free slots as a ring through slot 0; the slots of block 0 are never given away, since base 0 means no children.
        private var next: [Int32]
        private var previous: [Int32]
        private var taken: [Bool]

        init(pieces: PieceList, values: [Int32]) {
            self.pieces = pieces
            self.values = values
            order = pieces.sortedIndices()
            units = [Node](repeating: 0, count: 256)
            next = [Int32](repeating: 0, count: 256)
            previous = next
            taken = [Bool](repeating: false, count: 256)
        }

        /// Fills `units` and returns the root.
        mutating func build() throws(Repeat) -> Node {
            var root: Node = 0
            var stack = [(slot: 0, low: 0, high: order.count, depth: 0)]
            var labels: [UInt8] = []
            var starts: [Int] = []
            while let (slot, first, high, depth) = stack.popLast() {
                var node: Node = slot == 0 ? 0 : units[slot]
                var low = first
                if low < high, pieces.count(order[low]) == depth {
                    node |= Node(values[order[low]] + 1) << 36
                    if low + 1 < high, pieces.count(order[low + 1]) == depth {
                        throw Repeat(first: order[low], second: order[low + 1])
                    }
                    low += 1
                }
                labels.removeAll(keepingCapacity: true)
                starts.removeAll(keepingCapacity: true)
                for index in low..<high {
                    let byte = pieces.byte(order[index], depth)
                    if labels.last != byte {
                        labels.append(byte)
                        starts.append(index)
                    }
                }
                if !labels.isEmpty {
                    let base = place(labels)
                    node |= Node(base) << 9
                    starts.append(high)
                    for (child, label) in labels.enumerated() {
                        take(base ^ Int(label), label)
                        stack.append((base ^ Int(label), starts[child], starts[child + 1], depth + 1))
                    }
                }
                if slot == 0 { root = node } else { units[slot] = node }
            }
            return root
        }

        /// A free base whose slots for all `labels` are free. It looks at a few free slots only, then grows.
        private mutating func place(_ labels: [UInt8]) -> Int {
            var slot = Int(next[0])
            var tries = 0
            while slot != 0, tries < 64 {
                let base = slot ^ Int(labels[0])
                if !taken[base], labels.allSatisfy({ units[base ^ Int($0)] == 0 }) {
                    taken[base] = true
                    return base
                }
                slot = Int(next[slot])
                tries += 1
            }
            let base = grow()
            taken[base] = true
            return base
        }

        private mutating func take(_ slot: Int, _ label: UInt8) {
            next[Int(previous[slot])] = next[slot]
            previous[Int(next[slot])] = previous[slot]
            units[slot] = Node(label) + 1
        }

        /// Appends a block of free slots and returns its first. It goes to the front of the ring: what did not fit
        /// elsewhere is looked for there first, and the holes of older blocks fill up later.
        private mutating func grow() -> Int {
            let start = units.count
            units.append(contentsOf: repeatElement(0, count: 256))
            taken.append(contentsOf: repeatElement(false, count: 256))
            for slot in start..<start + 256 {
                next.append(Int32(slot + 1))
                previous.append(Int32(slot - 1))
            }
            next[start + 255] = next[0]
            previous[Int(next[0])] = Int32(start + 255)
            next[0] = Int32(start)
            previous[start] = 0
            return start
        }
    }
}
