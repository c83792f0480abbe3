// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct ShadowQueueTests {
    @Test("It takes in no more than it may hold, by number and by bytes, and has room again for what has left")
    func bounds() {
        let limits = ShadowQueue<Int>.limits
        var queue = ShadowQueue<Int>()
        let taken = (0...limits.count).map { queue.offer($0, bytes: 1) }
        #expect(taken == Array(repeating: true, count: limits.count) + [false])
        let first = queue.next()
        let hasRoom = queue.offer(-2, bytes: 1)
        #expect(first == 0 && hasRoom)
        var all: [Int] = []
        while let next = queue.next() { all.append(next) }
        #expect(all == Array(1..<limits.count) + [-2])
        let large = [limits.bytes + 1, limits.bytes, 1].map { queue.offer($0, bytes: $0) }
        #expect(large == [false, true, false])
        let last = queue.next()
        let isEmpty = queue.next() == nil
        #expect(last == limits.bytes && isEmpty)
    }

    @Test("Agreement and flips are counted, by both labels")
    func counts() {
        var counts = ShadowCounts()
        for (live, shadow) in [("a", "a"), ("a", "b"), ("b", "a"), ("a", "b")] {
            counts.compare(live: live, shadow: shadow)
        }
        #expect(counts.agreed == 1)
        #expect(counts.flips == [.init(live: "a", shadow: "b"): 2, .init(live: "b", shadow: "a"): 1])
    }
}
