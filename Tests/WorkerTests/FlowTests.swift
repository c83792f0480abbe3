// SPDX-License-Identifier: Apache-2.0
import Kafka
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
        #expect(flow.room == 2 && flow.hasEased)
        _ = flow.admit(testRecord([UInt8](repeating: 0x61, count: 1_000), partition: 1, offset: 0))
        #expect(flow.room == 0)
    }
}
