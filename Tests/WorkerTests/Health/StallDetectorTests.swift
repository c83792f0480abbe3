// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing

@testable import Worker

@Suite struct StallDetectorTests {
    private let partition = TopicPartition(topic: "in", partition: 0)
    private let start = ContinuousClock.now

    /// Looks at seconds after the start.
    private func look(_ detector: inout StallDetector, _ second: Int, committed: Int64, end: Int64, inFlight: Int = 0)
        -> StallDetector.Change?
    {
        detector.look(
            committed: [partition: OffsetAndMetadata(offset: committed)],
            ends: [partition: end],
            inFlight: inFlight,
            at: start + .seconds(second)
        )
    }

    @Test("A lag without a commit is a stall once its time is over, and a commit ends it")
    func stall() {
        var detector = StallDetector(timeout: .seconds(10))
        #expect(look(&detector, 0, committed: 5, end: 9) == nil)
        #expect(look(&detector, 9, committed: 5, end: 20) == nil)
        #expect(look(&detector, 10, committed: 5, end: 20) == .stalled)
        #expect(look(&detector, 11, committed: 5, end: 20) == nil && detector.isStalled)
        #expect(look(&detector, 12, committed: 6, end: 20) == .recovered)
        #expect(look(&detector, 21, committed: 6, end: 20) == nil)
        #expect(look(&detector, 22, committed: 6, end: 20) == .stalled)
    }

    @Test("Commits, or nothing to do, are no stall however long it takes")
    func noStall() {
        var detector = StallDetector(timeout: .seconds(10))
        for second in 0..<50 { #expect(look(&detector, second, committed: Int64(second / 5), end: 100) == nil) }
        for second in 50..<100 { #expect(look(&detector, second, committed: 100, end: 100) == nil) }
        #expect(look(&detector, 105, committed: 100, end: 101) == nil)
    }

    @Test("Metadata that changes while the offset stays is a commit, as where a partition has jumped ahead")
    func metadata() {
        var detector = StallDetector(timeout: .seconds(10))
        for second in 0..<50 {
            let committed = [partition: OffsetAndMetadata(offset: 5, metadata: "c4b1 3,\(1 + second / 5)")]
            let change = detector.look(
                committed: committed,
                ends: [partition: 100],
                inFlight: 0,
                at: start + .seconds(second)
            )
            #expect(change == nil)
        }
    }

    @Test("Records in flight count as a lag where no offset was committed yet")
    func inFlight() {
        var detector = StallDetector(timeout: .seconds(1))
        #expect(detector.look(committed: [:], ends: [:], inFlight: 3, at: start) == nil)
        #expect(detector.look(committed: [:], ends: [:], inFlight: 3, at: start + .seconds(1)) == .stalled)
        #expect(detector.look(committed: [:], ends: [:], inFlight: 0, at: start + .seconds(2)) == .recovered)
    }
}
