// SPDX-License-Identifier: Apache-2.0
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// Fronts that jump ahead, and the gaps that they leave.
@Suite struct AssignedPartitionTests {
    private let first = TopicPartition(topic: "in", partition: 0)
    private let make: InFlightMaker

    init() throws { make = try InFlightMaker() }

    private func partitions(at committed: OffsetAndMetadata? = nil) -> AssignedPartitions {
        var partitions = AssignedPartitions(maxRecords: 1_000, maxBytes: 1_000_000, catchUpAfter: .seconds(2))
        partitions.assign([first])
        #expect(partitions.unresumed == [first])
        partitions.resume([first], at: committed.map { [first: $0] } ?? [:])
        #expect(partitions.unresumed.isEmpty)
        return partitions
    }

    @Test("A partition goes on at its front, with its gaps behind, and reads them the oldest first")
    func resumed() throws {
        let committed = OffsetAndMetadata(offset: 10, metadata: "c4b1 5,10,3,2")
        var partitions = partitions(at: committed)
        #expect(partitions.isSettled([first]) && partitions.begun.isEmpty)
        #expect(partitions.account.behind == 8)
        // Where the group is, librdkafka begins.
        let isAdmitted = { (offset: Int64, isBehind: Bool) in
            partitions.admit(testRecord("x", offset: offset), isBehind: isBehind) != nil
        }
        #expect(!isAdmitted(10, false))
        #expect(partitions.front(of: first) == 30)
        #expect(partitions.unread[first]?.offsets == 10..<15)
        for offset in [12, 14] as [Int64] {
            #expect(isAdmitted(offset, true))
        }
        #expect(partitions.unread[first]?.offsets == 25..<28)
        // What comes from beyond a gap ends it.
        #expect(!isAdmitted(30, true) && partitions.unread.isEmpty && isAdmitted(30, false))
        #expect(partitions.partitionsBehind == [first])
    }

    @Test(
        "Before it is known what was committed nothing is; a gap is not left twice, nor are there more than can be kept"
    )
    func limits() {
        var partitions = partitions()
        let jumps = { (gap: Range<Int64>, partition: Int32) in
            partitions.jump(over: gap, of: TopicPartition(topic: "in", partition: partition))
        }
        #expect(!jumps(0..<10, 1))
        for index in 0..<128 as Range<Int64> {
            #expect(jumps(index * 1_000..<index * 1_000 + 900, 0))
            #expect(!jumps(index * 1_000..<index * 1_000 + 950, 0))
        }
        #expect(!jumps(200_000..<300_000, 0))
        #expect(partitions.duePositions[first]?.offset == 0)
    }

    @Test("Records out of gaps leave room for those at the front")
    func room() throws {
        var partitions = partitions()
        let hasJumped = partitions.jump(over: 0..<10_000, of: first)
        #expect(hasJumped && partitions.roomBehind == 64)
        finish(1_000, in: &partitions)
        #expect(partitions.roomBehind == 256)
        var items: [InFlight] = []
        for offset in 0..<256 as Range<Int64> {
            items.append(try make.admit(testRecord("x", offset: offset), to: &partitions, isBehind: true))
        }
        #expect(partitions.roomBehind == 0 && partitions.room == 744)
        for item in items {
            make.end(item)
            partitions.finish(item)
        }
        #expect(partitions.roomBehind == 500 - 256)
    }

    @Test(
        "No more records wait at the front than are done in a quarter of the time after which it jumps, and those of gaps let them pass"
    )
    func newest() throws {
        var partitions = partitions()
        let hasJumped = partitions.jump(over: 0..<10_000, of: first)
        #expect(hasJumped && partitions.room == 64 && partitions.roomBehind == 64)
        var items: [InFlight] = []
        for offset in 10_000..<10_064 as Range<Int64> {
            items.append(try make.admit(testRecord("x", offset: offset), to: &partitions))
        }
        #expect(partitions.room == 0 && partitions.roomBehind == 0)
        // It has its result, and waits for an earlier one: so would what comes next.
        make.end(items[1])
        partitions.finish(items[1])
        #expect(partitions.room == 0)
        make.end(items[0])
        partitions.finish(items[0])
        while partitions.next() != nil {}
        #expect(partitions.room == 2 && partitions.roomBehind > 0)
        finish(200, in: &partitions)
        #expect(partitions.room == 200 - 62)
    }

    /// Has so many records done within a quarter of the time after which fronts jump.
    private func finish(_ count: Int, in partitions: inout AssignedPartitions) {
        let start = ContinuousClock.now
        partitions.finished(1, at: start)
        partitions.finished(count, at: start + .milliseconds(500))
    }

    /// A topic that grows, a worker over it that dies again and again, and what a reader of its transactions sees.
    private struct Model {
        let make: InFlightMaker
        let partition: TopicPartition
        var generator: SplitMix
        var records: [Int64] = []
        var end: Int64 = 0
        var partitions: AssignedPartitions
        /// Where librdkafka reads the front.
        var cursor: Int64 = 0
        var open: [InFlight] = []
        var transaction: [InFlight] = []
        var published: [Int64] = []
        var committed: OffsetAndMetadata?

        mutating func isLikely(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }

        mutating func grow() {
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                end += isLikely(0.2) ? 3 : 1
                records.append(end - 1)
            }
            if isLikely(0.3) { end += 2 }
        }

        private func next(from offset: Int64) -> Record? {
            records.first { $0 >= offset }.map { testRecord("x", offset: $0) }
        }

        mutating func readFront(mayJump: Bool) throws {
            guard let record = next(from: cursor) else { return partitions.reachEnd(of: partition, at: end) }
            if mayJump, end - record.offset > 5, isLikely(0.1) {
                _ = partitions.jump(over: record.offset..<end, of: partition)
            }
            if let generation = partitions.admit(record) {
                open.append(make(record, generation: generation))
                cursor = record.offset + 1
            } else {
                cursor = try #require(partitions.front(of: partition))
            }
        }

        mutating func readBehind() throws {
            guard let gap = partitions.unread[partition]?.offsets else { return }
            guard let record = next(from: gap.lowerBound) else {
                return partitions.reachEndBehind(of: partition, at: end)
            }
            if let generation = partitions.admit(record, isBehind: true) {
                open.append(make(record, generation: generation, isBehind: true))
            }
        }

        mutating func finish() {
            guard let index = open.indices.randomElement(using: &generator) else { return }
            let item = open.remove(at: index)
            make.end(item)
            partitions.finish(item)
        }

        mutating func publish() {
            while isLikely(0.9), let item = partitions.next() { transaction.append(item) }
        }

        mutating func commit() {
            let positions = partitions.duePositions(with: transaction)
            for item in transaction { partitions.resolve(item) }
            partitions.commit(positions)
            published += transaction.map(\.offset)
            committed = positions[partition] ?? committed
            transaction = []
            #expect(partitions.duePositions.isEmpty)
            #expect(committed?.metadata.utf8.count ?? 0 <= 4_096)
        }

        mutating func die() {
            partitions.assign([partition])
            partitions.resume([partition], at: committed.map { [partition: $0] } ?? [:])
            cursor = committed?.offset ?? 0
            (open, transaction) = ([], [])
        }

        /// Whether what was published is two sequences that ascend.
        var isOfTwoSequences: Bool {
            var (high, low) = (Int64(-1), Int64(-1))
            for offset in published {
                if offset > high { high = offset } else if offset > low { low = offset } else { return false }
            }
            return true
        }
    }

    @Test(
        "Over jumps, crashes and completions at random each record is published once, and at most in two sequences",
        arguments: 1...30
    )
    func exactlyOnce(seed: Int) throws {
        var model = Model(
            make: make,
            partition: first,
            generator: SplitMix(state: UInt64(seed)),
            partitions: partitions()
        )
        for _ in 0..<3_000 {
            switch Int.random(in: 0..<1_000, using: &model.generator) {
            case 0..<20: model.grow()
            case 20..<300: try model.readFront(mayJump: true)
            case 300..<500: try model.readBehind()
            case 500..<850: model.finish()
            case 850..<950: model.publish()
            case 950..<990: model.commit()
            default: model.die()
            }
        }
        for _ in 0..<20_000 where model.published.count < model.records.count || model.committed?.offset != model.end {
            try model.readFront(mayJump: false)
            try model.readBehind()
            for _ in 0..<2 { model.finish() }
            model.publish()
            model.commit()
        }
        #expect(model.published.sorted() == model.records)
        #expect(model.isOfTwoSequences)
        #expect(model.committed == OffsetAndMetadata(offset: model.end) && model.partitions.partitionsBehind.isEmpty)
    }
}
