// SPDX-License-Identifier: Apache-2.0
import Kafka
import TestSupport
import Testing

@testable import Worker

@Suite struct OpenTransactionTests {
    private func publication(_ offset: Int64) -> Flow.Publication {
        let record = testRecord("text", offset: offset)
        let ticket = Flow.Ticket(
            partition: record.topicPartition,
            generation: 1,
            offset: offset,
            bytes: record.byteCount
        )
        let message = Message(record, to: "out", value: record.value, headers: [])
        return Flow.Publication(ticket: ticket, message: message, record: record, kind: .tombstone)
    }

    @Test("A message is found by its token, and no longer once its transaction has ended")
    func tokens() {
        var open = OpenTransaction()
        let tokens = (0..<3 as Range<Int64>).map { open.add(publication($0)) }
        #expect(tokens.map { open[$0]?.ticket.offset } == [0, 1, 2])
        #expect(open.bytes == 3 * publication(0).ticket.bytes)
        open[tokens[1]] = publication(9)
        #expect(open.messages.map(\.ticket.offset) == [0, 9, 2])
        open.end()
        #expect(open.messages.isEmpty && open.bytes == 0 && tokens.allSatisfy { open[$0] == nil })
        let next = open.add(publication(4))
        #expect(!tokens.contains(next) && open[next]?.ticket.offset == 4 && open[next + 1] == nil)
    }
}
