// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Delivered

@Suite struct OffsetSetTests {
    private func set(_ offsets: some Sequence<Int64>) -> OffsetSet {
        var set = OffsetSet()
        for offset in offsets { set.insert(offset) }
        return set
    }

    @Test("It does what a set does, over random offsets near and far", arguments: 1...10)
    func likeASet(seed: Int) {
        var generator = SplitMix(state: UInt64(seed))
        let spread = [100, 10_000, 1 << 40, Int64.max - 1][seed % 4]
        let first = Set((0..<500).map { _ in Int64.random(in: 0...spread, using: &generator) })
        let second = Set((0..<500).map { _ in Int64.random(in: 0...spread, using: &generator) })
        #expect(set(first).count == first.count)
        #expect(first.allSatisfy { set(first).contains($0) } && !set(first).contains(spread + 1))
        #expect(set(first).subtracting(set(second)) == set(first.subtracting(second)))
        #expect(set(first).intersection(set(second)) == set(first.intersection(second)))
        #expect(set(first).ranges(limit: .max).flatMap { Array($0) } == first.sorted())
    }

    @Test("An offset goes in once")
    func once() {
        var set = OffsetSet()
        let (first, second) = (set.insert(4_096), set.insert(4_096))
        #expect(first && !second && set.count == 1)
    }

    @Test("Stretches go on over the borders of blocks and end at a limit")
    func ranges() {
        let some = set(4_000...4_200 as ClosedRange<Int64>).ranges(limit: 2)
        #expect(some == [4_000...4_200])
        #expect(set([1, 3, 4, 8_191, 8_192]).ranges(limit: 3) == [1...1, 3...4, 8_191...8_192])
        #expect(set([1, 3, 5]).ranges(limit: 2) == [1...1, 3...3])
        #expect(set([]).ranges(limit: 2).isEmpty)
    }
}
