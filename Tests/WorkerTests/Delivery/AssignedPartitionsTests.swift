// SPDX-License-Identifier: Apache-2.0
import Kafka
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct AssignedPartitionsTests {
    private let first = TopicPartition(topic: "in", partition: 0)
    private let second = TopicPartition(topic: "in", partition: 1)
    private let make: InFlightMaker

    init() throws { make = try InFlightMaker() }

    private func partitions(records: Int = 100, bytes: Int = 1_000_000) -> AssignedPartitions {
        var partitions = AssignedPartitions(maxRecords: records, maxBytes: bytes)
        partitions.assign([first, second])
        return partitions
    }

    private func takeAll(from partitions: inout AssignedPartitions, upTo limit: Int = .max) -> [InFlight] {
        var taken: [InFlight] = []
        while taken.count < limit, let next = partitions.next() { taken.append(next) }
        return taken
    }

    private func isBalanced(_ partitions: AssignedPartitions) -> Bool {
        partitions.counts.consumed == partitions.counts.ended + partitions.inFlightRecords
    }

    @Test("Results that come in any order leave in the order of offsets, partition by partition", arguments: 1...10)
    func order(seed: Int) throws {
        var generator = SplitMix(state: UInt64(seed))
        var partitions = partitions()
        var open: [InFlight] = []
        for offset in 0..<40 {
            let record = testRecord("x", partition: Int32(offset % 2), offset: Int64(offset * 3))
            open.append(try make.admit(record, to: &partitions))
        }
        var published: [InFlight] = []
        for item in open.shuffled(using: &generator) {
            make.end(item)
            partitions.finish(item)
            published += takeAll(from: &partitions)
            #expect(isBalanced(partitions))
        }
        for partition in [first, second] {
            let offsets = published.filter { $0.partition == partition }.map(\.offset)
            #expect(offsets == offsets.sorted() && offsets.count == 20)
        }
        for item in published.shuffled(using: &generator) {
            partitions.resolve(item)
            #expect(isBalanced(partitions))
        }
        #expect(partitions.duePositions == [first: 115, second: 118])
        #expect(partitions.inFlightRecords == 0 && partitions.inFlightBytes == 0)
    }

    @Test("A skipped record is resolved in its turn, without a message")
    func skip() throws {
        var partitions = partitions()
        let item = try make.admit(testRecord("x", offset: 5), to: &partitions)
        item.end(as: .skipped(.emptyText))
        partitions.finish(item)
        #expect(takeAll(from: &partitions).isEmpty)
        #expect(partitions.duePositions == [first: 6])
        #expect(partitions.counts.skipped == [.emptyText: 1])
    }

    @Test("After a revocation nothing of the partition is published or committed, and late results change nothing")
    func revocation() throws {
        var partitions = partitions()
        let sent = try make.tag(testRecord("a", offset: 1), in: &partitions)
        let waiting = try make.admit(testRecord("bc", offset: 2), to: &partitions)
        #expect(takeAll(from: &partitions).count == 1)
        partitions.revoke([first])
        #expect(isBalanced(partitions) && partitions.inFlightRecords == 1)
        make.end(waiting)
        partitions.finish(waiting)
        #expect(takeAll(from: &partitions).isEmpty)
        partitions.assign([first])
        partitions.finish(waiting)
        partitions.resolve(sent)
        #expect(partitions.duePositions.isEmpty)
        #expect(partitions.counts.skipped == [.revoked: 1] && partitions.counts.published == 1)
        #expect(partitions.inFlightRecords == 0 && partitions.inFlightBytes == 0 && isBalanced(partitions))
    }

    @Test(
        "A partition that is assigned while it is here begins anew: what it had in flight is accounted for as revoked"
    )
    func assignedTwice() throws {
        var partitions = partitions()
        let old = try make.tag(testRecord("a", offset: 8), in: &partitions)
        partitions.assign([first])
        #expect(partitions.counts.skipped == [.revoked: 1] && isBalanced(partitions))
        #expect(!partitions.isCurrent(old) && takeAll(from: &partitions).isEmpty)
        let new = try make.tag(testRecord("a", offset: 3), in: &partitions)
        #expect(takeAll(from: &partitions).map(\.offset) == [3])
        partitions.resolve(new)
        #expect(partitions.duePositions == [first: 4])
    }

    @Test("A record of a partition that is not assigned, or that was read already, is not admitted")
    func admission() {
        var partitions = partitions()
        let isAdmitted = { (record: Record) in partitions.admit(record) != nil }
        #expect(!isAdmitted(testRecord("x", partition: 7)))
        #expect(isAdmitted(testRecord("x", offset: 3)))
        #expect(!isAdmitted(testRecord("x", offset: 3)))
        #expect(partitions.counts.consumed == 1)
    }

    @Test("There is no room at either limit, and it is below the low watermark at half of both")
    func limits() throws {
        var partitions = partitions(records: 4, bytes: 1_000)
        var items: [InFlight] = []
        for offset in 0..<4 as Range<Int64> {
            items.append(try make.admit(testRecord("x", offset: offset), to: &partitions))
        }
        #expect(partitions.room == 0 && !partitions.isBelowLowWatermark)
        for item in items.prefix(2) {
            item.end(as: .skipped(.emptyText))
            partitions.finish(item)
        }
        #expect(takeAll(from: &partitions).isEmpty)
        // They are resolved, but a crash now would have them done again.
        #expect(partitions.room == 0 && !partitions.isBelowLowWatermark && partitions.wantsCommit)
        partitions.commit(partitions.duePositions)
        #expect(partitions.room == 2 && partitions.isBelowLowWatermark && !partitions.wantsCommit)
        _ = partitions.admit(testRecord([UInt8](repeating: 0x61, count: 1_000), partition: 1, offset: 0))
        #expect(partitions.room == 0)
    }

    @Test("Records in a transaction make offsets due together with it, and change nothing by being looked at")
    func duePositionsOfTransaction() throws {
        var partitions = partitions()
        for offset in 0..<6 as Range<Int64> {
            try make.tag(testRecord("x", partition: Int32(offset % 2), offset: offset), in: &partitions)
        }
        let held = takeAll(from: &partitions, upTo: 4)
        let count = held.filter { $0.partition == second }.count
        #expect(partitions.duePositions(with: held)[second]?.offset == Int64(2 * count))
        #expect(partitions.duePositions.isEmpty && partitions.counts.published == 0 && isBalanced(partitions))
        let rest = takeAll(from: &partitions)
        // Without the earlier ones the later ones make nothing due.
        #expect(partitions.duePositions(with: rest.suffix(1)).isEmpty)
        #expect(partitions.duePositions(with: held + rest) == [first: 5, second: 6])
        #expect(!partitions.isSettled([first, second]) && partitions.isHandedOut([first, second]))
    }

    @Test("Skipped records alone make offsets to commit, and keep a partition from being settled until then")
    func skipsInTransactions() throws {
        var partitions = partitions()
        let item = try make.admit(testRecord("x", offset: 5), to: &partitions)
        item.end(as: .skipped(.emptyText))
        partitions.finish(item)
        #expect(takeAll(from: &partitions).isEmpty)
        #expect(!partitions.isSettled([first]) && partitions.duePositions(with: []) == [first: 6])
        partitions.commit([first: 6])
        #expect(partitions.isSettled([first]) && partitions.duePositions(with: []).isEmpty)
    }

    @Test("The account tells where records are")
    func whereabouts() throws {
        var partitions = partitions()
        var items: [InFlight] = []
        for offset in 0..<5 as Range<Int64> {
            items.append(try make.admit(testRecord("x", offset: offset), to: &partitions))
        }
        for index in [0, 1, 3] {
            make.end(items[index])
            partitions.finish(items[index])
        }
        _ = takeAll(from: &partitions, upTo: 1)
        let account = partitions.account
        #expect(account.encoding == 2 && account.sequencing == 2 && account.inFlightRecords == 5)
    }
}
