// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Worker

@Suite struct OffsetTrackerTests {
    @Test("The position follows the records that are resolved without a gap")
    func gapless() {
        var tracker = OffsetTracker()
        for offset in [10, 11, 15] as [Int64] { tracker.track(offset) }
        #expect(tracker.position == nil)
        tracker.resolve(11)
        #expect(tracker.position == nil)
        tracker.resolve(10)
        #expect(tracker.position == 12)
        tracker.resolve(15)
        #expect(tracker.position == 16)
        #expect(tracker.unresolved == 0)
    }

    @Test("What the position has passed is uncommitted until a commit")
    func uncommitted() {
        var tracker = OffsetTracker()
        for offset in [3, 4, 7] as [Int64] { tracker.track(offset) }
        for offset in [3, 4] as [Int64] { tracker.resolve(offset) }
        #expect(tracker.uncommitted == 2 && tracker.unresolved == 1 && tracker.earliest == 7)
        tracker.commit()
        #expect(tracker.uncommitted == 0 && tracker.position == 5)
    }

    @Test("What lies between the last record and the end is passed over, once all before it is resolved")
    func end() {
        var tracker = OffsetTracker()
        tracker.reachEnd(7)
        #expect(tracker.position == 7)
        tracker.track(9)
        tracker.reachEnd(12)
        #expect(tracker.position == 7)
        tracker.resolve(9)
        #expect(tracker.position == 12)
        tracker.track(12)
        tracker.resolve(12)
        #expect(tracker.position == 13)
    }

    @Test("Over random completions with gaps, nothing unresolved is ever below the position", arguments: 1...20)
    func neverPastAnUnresolvedRecord(seed: Int) {
        var generator = SplitMix(state: UInt64(seed))
        var tracker = OffsetTracker()
        var open: Set<Int64> = []
        var next: Int64 = 0
        for _ in 0..<2_000 {
            if Bool.random(using: &generator) || open.isEmpty {
                next += Int64.random(in: 1...5, using: &generator)
                tracker.track(next)
                open.insert(next)
            } else if let offset = open.sorted().randomElement(using: &generator) {
                tracker.resolve(offset)
                open.remove(offset)
            }
            if let position = tracker.position { #expect(open.allSatisfy { $0 >= position }) }
        }
    }
}
