// SPDX-License-Identifier: Apache-2.0

/// A set of offsets, a bit each, in blocks that are there only where an offset is.
///
/// A hundred million offsets without gaps take 13 MB; where gaps are as wide as they can be, an offset takes a block,
/// which is half a kilobyte.
struct OffsetSet: Sendable, Equatable {
    /// Bits of 4,096 offsets, by the offset of the first divided by 4,096.
    private var blocks: [Int64: [UInt64]] = [:]
    private(set) var count = 0

    private static let blockBits = 12
    private static let wordsOfBlock = 1 << (blockBits - 6)

    /// Puts an offset in; false if it was in already.
    @discardableResult
    mutating func insert(_ offset: Int64) -> Bool {
        let (block, word, bit) = Self.place(of: offset)
        guard !contains(offset) else { return false }
        blocks[block, default: Array(repeating: 0, count: Self.wordsOfBlock)][word] |= bit
        count += 1
        return true
    }

    func contains(_ offset: Int64) -> Bool {
        let (block, word, bit) = Self.place(of: offset)
        return blocks[block].map { $0[word] & bit != 0 } ?? false
    }

    /// The offsets that are in either.
    func union(_ other: OffsetSet) -> OffsetSet {
        let (large, small) = blocks.count < other.blocks.count ? (other, self) : (self, other)
        var result = large
        for (block, words) in small.blocks {
            let others = large.blocks[block]
            let both = words.indices.map { words[$0] | (others?[$0] ?? 0) }
            let before = others?.reduce(0) { $0 + $1.nonzeroBitCount } ?? 0
            result.blocks[block] = both
            result.count += both.reduce(0) { $0 + $1.nonzeroBitCount } - before
        }
        return result
    }

    /// The offsets that are not in `other`.
    func subtracting(_ other: OffsetSet) -> OffsetSet { combined(with: other) { $0 & ~$1 } }

    /// The offsets that are in `other` too.
    func intersection(_ other: OffsetSet) -> OffsetSet { combined(with: other) { $0 & $1 } }

    /// The first `limit` stretches of offsets that follow each other without a gap, in order.
    func ranges(limit: Int) -> [ClosedRange<Int64>] {
        var ranges: [ClosedRange<Int64>] = []
        for (block, words) in blocks.sorted(by: { $0.key < $1.key }) {
            for (index, word) in words.enumerated() {
                var rest = word
                while rest != 0 {
                    let offset = block << Self.blockBits + Int64(index << 6 + rest.trailingZeroBitCount)
                    rest &= rest - 1
                    if let last = ranges.last, last.upperBound + 1 == offset {
                        ranges[ranges.count - 1] = last.lowerBound...offset
                    } else {
                        guard ranges.count < limit else { return ranges }
                        ranges.append(offset...offset)
                    }
                }
            }
        }
        return ranges
    }

    private func combined(with other: OffsetSet, _ operation: (UInt64, UInt64) -> UInt64) -> OffsetSet {
        var result = OffsetSet()
        for (block, words) in blocks {
            let others = other.blocks[block]
            let left = words.indices.map { operation(words[$0], others?[$0] ?? 0) }
            let count = left.reduce(0) { $0 + $1.nonzeroBitCount }
            if count > 0 { result.blocks[block] = left }
            result.count += count
        }
        return result
    }

    private static func place(of offset: Int64) -> (block: Int64, word: Int, bit: UInt64) {
        let bits = Int(truncatingIfNeeded: offset) & (1 << blockBits - 1)
        return (offset >> Int64(blockBits), bits >> 6, 1 << UInt64(bits & 63))
    }
}
