// SPDX-License-Identifier: Apache-2.0
import Kafka
import Testing

@testable import Worker

@Suite struct BrakeTests {
    let zero = TopicPartition(topic: "in", partition: 0)
    let one = TopicPartition(topic: "in", partition: 1)

    private func record(_ partition: TopicPartition, _ offset: Int64) -> Record {
        Record(topicPartition: partition, offset: offset, value: nil)
    }

    @Test("What there is no room for is set aside, and passes before what comes later")
    func order() {
        var brake = Brake()
        #expect(brake.pass([record(zero, 0), record(zero, 1), record(zero, 2)], room: 2).map(\.offset) == [0, 1])
        #expect(brake.count == 1 && brake.holds(zero) && !brake.holds(one))
        #expect(brake.pass([record(one, 9)], room: 0).isEmpty)
        #expect(brake.pass([record(one, 10)], room: 3).map(\.offset) == [2, 9, 10])
        #expect(brake.count == 0 && !brake.holds(zero))
    }

    @Test("Partitions are paused once they have begun, each once, and all of them are released")
    func pauses() {
        var brake = Brake()
        #expect(brake.pause([]) == [])
        #expect(brake.pause([zero]) == [zero])
        #expect(brake.pass([record(one, 0)], room: 0).isEmpty)
        #expect(brake.pause([zero]) == [one])
        #expect(brake.pause([zero]) == [])
        #expect(Set(brake.release()) == [zero, one])
        #expect(brake.release() == [])
        #expect(Set(brake.pause([zero])) == [zero, one])
    }

    @Test("A partition that is gone leaves nothing behind: neither a record, nor that it is paused")
    func gone() {
        var brake = Brake()
        #expect(brake.pass([record(zero, 0), record(one, 0)], room: 0).isEmpty)
        #expect(brake.pause([]).count == 2)
        brake.drop([zero])
        #expect(brake.count == 1 && !brake.holds(zero))
        #expect(brake.release() == [one])
        #expect(brake.pass([], room: 5).map(\.topicPartition) == [one])
    }
}
