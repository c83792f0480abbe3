// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing

@testable import Worker

@Suite struct CatchUpTests {
    private let now = ContinuousClock.now
    private let partition = TopicPartition(topic: "in", partition: 0)

    private func record(_ offset: Int64, at milliseconds: Int64) -> Record {
        Record(
            topicPartition: partition,
            offset: offset,
            timestamp: Timestamp(milliseconds: milliseconds, kind: .createTime),
            value: []
        )
    }

    @Test("A front whose next record is too old jumps to the end, and to no end that is near or not known")
    func age() {
        let catchUp = CatchUp(after: .seconds(30))
        let gap = { (time: Int64, end: Int64?) in
            catchUp.gap(at: record(5, at: time), end: end, time: 100_000, now: now)
        }
        #expect(gap(69_999, 1_000) == 5..<1_000)
        #expect(gap(70_000, 1_000) == nil)
        #expect(gap(200_000, 1_000) == nil)
        #expect(gap(0, nil) == nil && gap(0, 5 + 64) == nil && gap(0, 5 + 65) == 5..<70)
        let timeless = Record(topicPartition: partition, offset: 5, value: [])
        #expect(catchUp.gap(at: timeless, end: 1_000, time: 100_000, now: now) == nil)
    }

    @Test("A front that has jumped does not jump again before it can be behind again, unless it is assigned anew")
    func again() {
        var catchUp = CatchUp(after: .seconds(30))
        let jumps = { (catchUp: CatchUp, seconds: Int) in
            let now = now + .seconds(seconds)
            return catchUp.gap(at: record(5, at: 0), end: 1_000, time: 100_000, now: now) != nil
        }
        catchUp.jumped(partition, at: now)
        #expect(!jumps(catchUp, 29) && jumps(catchUp, 30))
        catchUp.drop([partition])
        #expect(jumps(catchUp, 0))
    }
}
