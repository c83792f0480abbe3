// SPDX-License-Identifier: Apache-2.0
import Kafka
import TestSupport
import Testing

@testable import Delivered

@Suite struct LedgerTests {
    private let source = TopicPartition(topic: "in", partition: 0)
    private let output = TopicPartition(topic: "out", partition: 0)
    private let otherOutput = TopicPartition(topic: "out", partition: 1)

    @Test("Versions of a comment before its last one may do without a result, and are told apart from what is missing")
    func versions() {
        var ledger = Ledger(inputs: [source: 0..<10], destinations: [["out"]])
        let comments: [[UInt8]?] = [[1], [1], [2], nil, [1], [2], [3]]
        for (offset, comment) in comments.enumerated() { ledger.expect(source, Int64(offset), comment: comment) }
        for offset in [1, 4] { ledger.add(ResultSource(topic: "in", partition: 0, offset: Int64(offset)), in: output) }
        let report = ledger.report(limit: 9)
        #expect(report.records == 7 && report.superseded == 2)
        // The last version of the second comment, the third one, and the record that is no version of any.
        #expect(report.missing.ranges.map(\.offsets) == [3...3, 5...6])
    }

    /// A ledger of a partition with a record at each of these offsets, and at none in between.
    private func ledger(
        _ offsets: some Sequence<Int64>,
        bounds: Range<Int64> = 0..<1_000,
        destinations: Set<Set<String>> = [["out"]],
        sequences: Int = 1
    ) -> Ledger {
        var ledger = Ledger(inputs: [source: bounds], destinations: destinations, sequences: sequences)
        for offset in offsets { ledger.expect(source, offset) }
        return ledger
    }

    private func add(_ offsets: some Sequence<Int64>, to ledger: inout Ledger, in output: TopicPartition? = nil) {
        for offset in offsets {
            ledger.add(ResultSource(topic: "in", partition: 0, offset: offset), in: output ?? self.output)
        }
    }

    private func offsets(_ finding: AuditReport.Finding) -> [ClosedRange<Int64>] { finding.ranges.map(\.offsets) }

    @Test("One result for each record, in order, is sound, whatever gaps the offsets have")
    func sound() {
        var ledger = ledger([3, 4, 9])
        add([3, 4, 9], to: &ledger)
        let report = ledger.report(limit: 10)
        #expect(report.isSound(atLeastOnce: false))
        #expect(report.records == 3 && report.unmatched == 0 && report.replays == 0)
    }

    @Test("Results of the newest first are two sequences, each in order; a third is none of theirs")
    func newestFirst() {
        let results: [Int64] = [0, 1, 50, 2, 51, 3, 70, 4, 5, 71]
        for sequences in [1, 2] {
            var ledger = ledger(results, sequences: sequences)
            add(results, to: &ledger)
            #expect(ledger.report(limit: 10).isSound(atLeastOnce: false) == (sequences == 2))
        }
        var third = ledger([0, 50, 51, 20, 21, 10], sequences: 2)
        add([0, 50, 20, 51, 10, 21], to: &third)
        #expect(offsets(third.report(limit: 10).outOfOrder) == [20...20])
    }

    @Test("Two sequences that go back after a crash, each to where it was committed, are in order")
    func newestFirstAgain() {
        let first: [Int64] = [0, 1, 50, 51, 2, 52, 3, 53]
        // From 51 and 2 on it is done again, and each goes on.
        let second: [Int64] = [51, 52, 2, 53, 3, 54, 4, 55]
        var ledger = ledger(Array(Set(first + second)).sorted(), sequences: 2)
        add(first + second, to: &ledger)
        let report = ledger.report(limit: 10)
        #expect(report.isSound(atLeastOnce: true) && report.replays > 0, "\(report)")
    }

    @Test("Records without a result are missing; those that may be skipped are not")
    func missing() {
        var ledger = ledger(0..<6)
        ledger.expect(source, 6, isSkippable: true)
        ledger.expect(source, 7, isSkippable: true)
        add([0, 4, 7], to: &ledger)
        let report = ledger.report(limit: 10)
        #expect(report.missing.count == 4 && offsets(report.missing) == [1...3, 5...5])
        #expect(report.records == 8 && report.skippable == 1)
        #expect(!report.isSound(atLeastOnce: true))
    }

    @Test("Each result beyond a record's first is a repeat, in whatever partition it stands")
    func repeated() {
        var ledger = ledger(0..<3)
        add([0, 1, 1, 2], to: &ledger)
        add([1], to: &ledger, in: otherOutput)
        let report = ledger.report(limit: 10)
        #expect(report.repeated.count == 2 && offsets(report.repeated) == [1...1])
        #expect(report.outOfOrder.count == 0)
        #expect(!report.isSound(atLeastOnce: false) && report.isSound(atLeastOnce: true))
    }

    @Test("Results that changed places are out of order, also where repeats are allowed")
    func outOfOrder() {
        var ledger = ledger(0..<5)
        add([0, 2, 1, 3, 4], to: &ledger)
        let report = ledger.report(limit: 10)
        #expect(report.outOfOrder.count == 1 && offsets(report.outOfOrder) == [2...2])
        #expect(!report.isSound(atLeastOnce: true))
    }

    @Test("Several output partitions are each in order by themselves")
    func partitions() {
        var ledger = ledger(0..<6)
        add([1, 2, 5], to: &ledger)
        add([0, 3, 4], to: &ledger, in: otherOutput)
        #expect(ledger.report(limit: 10).isSound(atLeastOnce: false))
    }

    @Test("What is done again after a crash repeats, and is in order")
    func replay() {
        var ledger = ledger(0..<8)
        add([0, 1, 2, 3, 4, 2, 3, 4, 5, 6, 7], to: &ledger)
        let report = ledger.report(limit: 10)
        #expect(report.repeated.count == 3 && report.replays == 1 && report.outOfOrder.count == 0)
        #expect(report.isSound(atLeastOnce: true) && !report.isSound(atLeastOnce: false))
    }

    @Test("After a crash a record without a key may come out behind a later one's first result elsewhere")
    func keyless() {
        // 3 was under way to the other partition when the worker died, and then went to this one.
        var ledger = ledger(0..<5)
        add([0, 2, 4, 3], to: &ledger)
        add([1, 4], to: &ledger, in: otherOutput)
        let report = ledger.report(limit: 10)
        #expect(report.outOfOrder.count == 0 && report.replays == 1 && report.isSound(atLeastOnce: true))
    }

    @Test("Results of other topics, of partitions and records that are not there, and of none match nothing")
    func unmatched() {
        var ledger = ledger([10, 12], bounds: 10..<13)
        add([9, 10, 11, 12, 13], to: &ledger)
        ledger.add(ResultSource(topic: "other", partition: 0, offset: 10), in: output)
        ledger.add(ResultSource(topic: "in", partition: 7, offset: 10), in: output)
        ledger.add(nil, in: output)
        let report = ledger.report(limit: 10)
        #expect(report.unmatched == 6 && report.isSound(atLeastOnce: false))
    }

    @Test("A finding names the first stretches and says that there are more")
    func limit() {
        var ledger = Ledger(
            inputs: [source: 0..<100, TopicPartition(topic: "in", partition: 1): 0..<100],
            destinations: [["out"]]
        )
        for offset in stride(from: Int64(0), to: 10, by: 2) {
            ledger.expect(source, offset)
            ledger.expect(TopicPartition(topic: "in", partition: 1), offset)
        }
        let cut = ledger.report(limit: 7).missing
        #expect(cut.count == 10 && cut.ranges.count == 7 && cut.isCut && cut.ranges[5].partition.partition == 1)
        #expect(!ledger.report(limit: 10).missing.isCut)
    }

    @Test("Over random crashes, what it says is what was done", arguments: 1...20)
    func random(seed: Int) {
        var generator = SplitMix(state: UInt64(seed))
        let records = (0..<2_000).filter { _ in Int.random(in: 0..<3, using: &generator) > 0 }.map { Int64($0) }
        var ledger = ledger(records, bounds: 0..<2_000)
        var (next, done, repeats) = (0, 0, 0)
        var lost: Set<Int64> = []
        while next < records.count {
            let end = min(next + Int.random(in: 1...300, using: &generator), records.count)
            for index in next..<end {
                if index >= done, Int.random(in: 0..<500, using: &generator) == 0 {
                    lost.insert(records[index])
                } else if !lost.contains(records[index]) {
                    if index < done { repeats += 1 }
                    add([records[index]], to: &ledger, in: index % 3 == 0 ? output : otherOutput)
                }
            }
            done = max(done, end)
            next = end == records.count ? end : max(end - Int.random(in: 0...50, using: &generator), 0)
        }
        let report = ledger.report(limit: 1_000)
        #expect(report.missing.count == lost.count && report.repeated.count == repeats)
        #expect(report.outOfOrder.count == 0)
        #expect(report.missing.ranges.flatMap { Array($0.offsets) } == lost.sorted())
    }

    @Test("With routes, a record has its result in all topics of one way, or it is missing where it is not")
    func routes() {
        let held = TopicPartition(topic: "held", partition: 0)
        let letters = TopicPartition(topic: "letters", partition: 0)
        var ledger = ledger(0..<6, destinations: [["out"], ["held", "out"], ["held", "seen"], ["letters"]])
        add([0, 1], to: &ledger)
        add([1, 2, 3, 4], to: &ledger, in: held)
        add([2, 4], to: &ledger, in: TopicPartition(topic: "seen", partition: 3))
        add([4, 5], to: &ledger, in: letters)
        let report = ledger.report(limit: 10)
        // 3 is where held records are, and not where those are that are seen, too.
        #expect(offsets(report.missing) == [3...3])
        // 4 has a dead letter as well.
        #expect(report.repeated.count == 1 && offsets(report.repeated) == [4...4])
        #expect(report.outOfOrder.count == 0 && report.unmatched == 0)
    }
}
