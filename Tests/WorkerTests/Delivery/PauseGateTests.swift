// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing

@testable import Worker

@Suite struct PauseGateTests {
    let zero = TopicPartition(topic: "in", partition: 0)
    let one = TopicPartition(topic: "in", partition: 1)

    private func record(_ partition: TopicPartition, _ offset: Int64) -> Record {
        Record(topicPartition: partition, offset: offset, value: nil)
    }

    @Test("What there is no room for is set aside, and passes before what comes later")
    func order() {
        var gate = PauseGate()
        #expect(gate.pass([record(zero, 0), record(zero, 1), record(zero, 2)], room: 2).map(\.offset) == [0, 1])
        #expect(gate.count == 1 && gate.holds(zero) && !gate.holds(one))
        #expect(gate.pass([record(one, 9)], room: 0).isEmpty)
        #expect(gate.pass([record(one, 10)], room: 3).map(\.offset) == [2, 9, 10])
        #expect(gate.count == 0 && !gate.holds(zero))
    }

    @Test("Partitions are paused once they have begun, each once, and all of them are released")
    func pauses() {
        var gate = PauseGate()
        #expect(gate.pause([]) == [])
        #expect(gate.pause([zero]) == [zero])
        #expect(gate.pass([record(one, 0)], room: 0).isEmpty)
        #expect(gate.pause([zero]) == [one])
        #expect(gate.pause([zero]) == [])
        #expect(Set(gate.release()) == [zero, one])
        #expect(gate.release() == [])
        #expect(Set(gate.pause([zero])) == [zero, one])
    }

    @Test("A partition that was revoked leaves nothing behind: neither a record, nor that it is paused")
    func revoked() {
        var gate = PauseGate()
        #expect(gate.pass([record(zero, 0), record(one, 0)], room: 0).isEmpty)
        #expect(gate.pause([]).count == 2)
        gate.drop([zero])
        #expect(gate.count == 1 && !gate.holds(zero))
        #expect(gate.release() == [one])
        #expect(gate.pass([], room: 5).map(\.topicPartition) == [one])
    }
}
