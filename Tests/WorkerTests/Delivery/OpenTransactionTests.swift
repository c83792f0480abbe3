// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct OpenTransactionTests {
    @Test("A message is found by its token, and no longer once its transaction has ended")
    func tokens() throws {
        let make = try InFlightMaker()
        let item = { (offset: Int64, messages: Int) in
            let item = make(testRecord("text", offset: offset), generation: 1)
            make.end(item, messages: messages)
            return item
        }
        var open = OpenTransaction()
        let sent = open.add(item(0, 1)) + open.add(item(1, 2)) + open.add(item(2, 1))
        #expect(sent.map(\.item.offset) == [0, 1, 1, 2] && sent.map(\.index) == [0, 0, 1, 0])
        #expect(sent.map { open[$0.token]?.item.offset } == [0, 1, 1, 2])
        #expect(open.bytes == 3 * item(0, 1).byteCount && !open.isEmpty)
        #expect(open.end().map(\.offset) == [0, 1, 2])
        #expect(open.isEmpty && open.bytes == 0 && sent.allSatisfy { open[$0.token] == nil })
        let next = open.add(item(4, 1))
        #expect(!sent.map(\.token).contains(next[0].token) && open[next[0].token]?.item.offset == 4)
        #expect(open[next[0].token + 1] == nil && open[0] == nil)
    }
}
