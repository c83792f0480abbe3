// SPDX-License-Identifier: Apache-2.0
import Kafka
import TestSupport
import Testing

@testable import Worker

@Suite struct FlowTests {
    private let first = TopicPartition(topic: "in", partition: 0)
    private let second = TopicPartition(topic: "in", partition: 1)

    private func flow(records: Int = 100, bytes: Int = 1_000_000) -> Flow {
        var flow = Flow(maxRecords: records, maxBytes: bytes)
        flow.assign([first, second])
        return flow
    }

    private func outcome(_ record: Record) -> Flow.Outcome {
        let message = Message(record, to: "out", value: record.value, headers: [])
        return .publish(message, of: record, as: .tagged(label: "neutral", isTruncated: false))
    }

    private func admit(_ record: Record, to flow: inout Flow) throws -> Flow.Ticket {
        let ticket = flow.admit(record)
        return try #require(ticket)
    }

    private func isAdmitted(_ record: Record, to flow: inout Flow) -> Bool { flow.admit(record) != nil }

    private func isIdle(_ flow: inout Flow) -> Bool { flow.nextPublication() == nil }

    private func balance(_ flow: Flow) -> Bool {
        flow.counts.consumed == flow.counts.ended + flow.inFlightRecords
    }

    @Test("Outcomes that come in any order leave in the order of offsets, partition by partition", arguments: 1...10)
    func order(seed: Int) throws {
        var generator = SplitMix(state: UInt64(seed))
        var flow = flow()
        var open: [(Record, Flow.Ticket)] = []
        for offset in 0..<40 {
            let record = testRecord("x", partition: Int32(offset % 2), offset: Int64(offset * 3))
            open.append((record, try admit(record, to: &flow)))
        }
        var published: [Flow.Publication] = []
        for (record, ticket) in open.shuffled(using: &generator) {
            flow.finish(ticket, outcome(record))
            while let next = flow.nextPublication() { published.append(next) }
            #expect(balance(flow))
        }
        for partition in [first, second] {
            let offsets = published.filter { $0.ticket.partition == partition }.map(\.ticket.offset)
            #expect(offsets == offsets.sorted() && offsets.count == 20)
        }
        for publication in published.shuffled(using: &generator) {
            flow.acknowledge(publication.ticket, publication.kind)
            #expect(balance(flow))
        }
        #expect(flow.positions(of: [first, second]) == [first: 115, second: 118])
        #expect(flow.inFlightRecords == 0 && flow.inFlightBytes == 0)
    }

    @Test("A skipped record is resolved in its turn, without a message")
    func skip() throws {
        var flow = flow()
        let ticket = try admit(testRecord("x", offset: 5), to: &flow)
        flow.finish(ticket, .skip(.emptyText))
        #expect(isIdle(&flow))
        #expect(flow.positions(of: [first]) == [first: 6])
        #expect(flow.counts.skipped == [.emptyText: 1])
    }

    @Test("After a revocation nothing of the partition is published or committed, and late outcomes change nothing")
    func revocation() throws {
        var flow = flow()
        let sent = testRecord("a", offset: 1)
        let waiting = testRecord("bc", offset: 2)
        let sentTicket = try admit(sent, to: &flow)
        let waitingTicket = try admit(waiting, to: &flow)
        flow.finish(sentTicket, outcome(sent))
        let next = flow.nextPublication()
        let publication = try #require(next)
        flow.revoke([first])
        #expect(balance(flow))
        #expect(flow.inFlightRecords == 1)
        flow.finish(waitingTicket, outcome(waiting))
        #expect(isIdle(&flow))
        flow.assign([first])
        flow.finish(waitingTicket, outcome(waiting))
        flow.acknowledge(publication.ticket, publication.kind)
        #expect(flow.positions(of: [first]).isEmpty)
        #expect(flow.counts.skipped == [.revoked: 1] && flow.counts.published == 1)
        #expect(flow.inFlightRecords == 0 && flow.inFlightBytes == 0)
        #expect(balance(flow))
    }

    @Test("A record of a partition that is not assigned, or that was read already, is not admitted")
    func admission() {
        var flow = flow()
        #expect(!isAdmitted(testRecord("x", partition: 7), to: &flow))
        #expect(isAdmitted(testRecord("x", offset: 3), to: &flow))
        #expect(!isAdmitted(testRecord("x", offset: 3), to: &flow))
        #expect(flow.counts.consumed == 1)
    }

    @Test("There is no room at either limit, and it eases at half of both")
    func limits() throws {
        var flow = flow(records: 4, bytes: 1_000)
        var tickets: [Flow.Ticket] = []
        for offset in 0..<4 { tickets.append(try admit(testRecord("x", offset: Int64(offset)), to: &flow)) }
        #expect(flow.room == 0 && !flow.hasEased)
        for ticket in tickets.prefix(2) { flow.finish(ticket, .skip(.emptyText)) }
        #expect(isIdle(&flow))
        // They are resolved, but a crash now would have them done again.
        #expect(flow.room == 0 && !flow.hasEased && flow.wantsCommit)
        flow.commit(flow.duePositions)
        #expect(flow.room == 2 && flow.hasEased && !flow.wantsCommit)
        _ = flow.admit(testRecord([UInt8](repeating: 0x61, count: 1_000), partition: 1, offset: 0))
        #expect(flow.room == 0)
    }

    @Test(
        "Messages of an aborted transaction go out again, before all others and in their order; each record counts once"
    )
    func abortedTransaction() throws {
        var flow = flow()
        var published: [Flow.Publication] = []
        for offset in 0..<6 as Range<Int64> {
            let record = testRecord("x", partition: Int32(offset % 2), offset: offset)
            flow.finish(try admit(record, to: &flow), outcome(record))
        }
        let held = takeAll(from: &flow, upTo: 4)
        #expect(flow.duePositions(with: held).values.reduce(0, +) > 0)
        #expect(flow.duePositions.isEmpty && flow.counts.published == 0 && balance(flow))
        flow.takeBack(held)
        published = takeAll(from: &flow, upTo: 100)
        #expect(published.prefix(4).map(\.ticket) == held.map(\.ticket) && published.count == 6)
        for partition in [first, second] {
            let offsets = published.map(\.ticket).filter { $0.partition == partition }.map(\.offset)
            #expect(offsets == offsets.sorted())
        }
        let positions = flow.duePositions(with: published)
        #expect(positions == [first: 5, second: 6])
        #expect(!flow.isSettled([first, second]) && flow.isHandedOut([first, second]))
        flow.commit(published, positions)
        #expect(flow.isSettled([first, second]) && flow.counts.published == 6 && flow.counts.consumed == 6)
        #expect(flow.inFlightRecords == 0 && flow.inFlightBytes == 0 && balance(flow))
    }

    @Test("Of an aborted transaction, what belongs to a partition that was given up is dropped, and accounted for")
    func abortedTransactionOfRevokedPartition() throws {
        var flow = flow()
        for offset in 0..<6 as Range<Int64> {
            let record = testRecord("x", partition: Int32(offset % 2), offset: offset)
            flow.finish(try admit(record, to: &flow), outcome(record))
        }
        let held = takeAll(from: &flow, upTo: 100)
        flow.lose([second])
        #expect(!flow.hasJoined && held.filter { flow.isCurrent($0.ticket) }.count == 3)
        flow.takeBack(held)
        #expect(balance(flow) && flow.inFlightRecords == 6)
        let again = takeAll(from: &flow, upTo: 100)
        #expect(again.map(\.ticket.partition) == [first, first, first])
        #expect(flow.counts.skipped == [.revoked: 3] && flow.inFlightRecords == 3 && balance(flow))
        let positions = flow.duePositions(with: again)
        #expect(positions == [first: 5])
        flow.commit(again, positions)
        #expect(flow.inFlightRecords == 0 && flow.inFlightBytes == 0 && balance(flow))
    }

    @Test("Skipped records alone make offsets to commit, and keep a partition from being settled until then")
    func skipsInTransactions() throws {
        var flow = flow()
        flow.finish(try admit(testRecord("x", offset: 5), to: &flow), .skip(.emptyText))
        #expect(isIdle(&flow))
        #expect(!flow.isSettled([first]) && flow.duePositions(with: []) == [first: 6])
        flow.commit([], [first: 6])
        #expect(flow.isSettled([first]))
    }

    @Test("The account tells where records are")
    func whereabouts() throws {
        var flow = flow()
        var tickets: [(Record, Flow.Ticket)] = []
        for offset in 0..<5 as Range<Int64> {
            let record = testRecord("x", offset: offset)
            tickets.append((record, try admit(record, to: &flow)))
        }
        for index in [0, 1, 3] { flow.finish(tickets[index].1, outcome(tickets[index].0)) }
        _ = takeAll(from: &flow, upTo: 1)
        let account = flow.account
        #expect(account.encoding == 2 && account.sequencing == 2 && account.inFlightRecords == 5)
    }

    private func takeAll(from flow: inout Flow, upTo limit: Int) -> [Flow.Publication] {
        var taken: [Flow.Publication] = []
        while taken.count < limit, let next = flow.nextPublication() { taken.append(next) }
        return taken
    }
}
