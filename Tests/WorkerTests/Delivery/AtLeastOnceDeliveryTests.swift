// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

/// Steps the delivery with a clock in hand: no thread, no broker, no waiting.
@Suite struct AtLeastOnceDeliveryTests {
    private let first = TopicPartition(topic: "in", partition: 0)
    private let second = TopicPartition(topic: "in", partition: 1)

    @Test("Results are sent in the order of offsets, and their offset is committed once all before it are acknowledged")
    func sendAndCommit() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        let items = try (0..<3).map {
            try steps.make.admit(testRecord("x", offset: Int64($0)), to: &steps.work.partitions)
        }
        for item in [items[2], items[0]] { steps.finish(item) }
        let sent = try steps.expectSend()
        #expect(sent.map(\.item.offset) == [0])
        steps.finish(items[1])
        let rest = try steps.expectSend()
        #expect(rest.map(\.item.offset) == [1, 2])
        steps.deliver(rest)
        steps.advance(.seconds(1))
        // The first is not acknowledged, and so nothing may be committed.
        steps.expectWait()
        steps.deliver(sent)
        steps.advance(.seconds(1))
        #expect(try steps.expectCommit() == [first: 3])
        #expect(steps.work.partitions.counts.published == 3)
    }

    @Test("What was done ahead of a gap, and of it, is committed as metadata, until the gap is done")
    func gap() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        steps.deliver(try steps.send(2, from: 0))
        let hasJumped = steps.work.partitions.jump(over: 2..<100, of: first)
        #expect(hasJumped)
        steps.deliver(try steps.send(5, from: 100))
        steps.advance(.seconds(1))
        #expect(try steps.expectCommit() == [first: OffsetAndMetadata(offset: 2, metadata: "c4b1 98,5")])
        steps.take(.commitStarted)
        try steps.tag(3, from: 2, isBehind: true)
        steps.deliver(try steps.expectSend())
        steps.take(.committed([:]))
        steps.advance(.seconds(1))
        let failed = [first: OffsetAndMetadata(offset: 5, metadata: "c4b1 95,5")]
        #expect(try steps.expectCommit() == failed)
        steps.take(.commitFailed(try steps.error("REQUEST_TIMED_OUT")))
        #expect(!steps.work.partitions.isSettled([first]))
        steps.advance(.seconds(1))
        #expect(try steps.expectCommit() == failed)
        steps.take(.committed(failed))
        // The last of a gap may have no record.
        steps.work.partitions.reachEndBehind(of: first, at: 100)
        steps.advance(.seconds(1))
        #expect(try steps.expectCommit() == [first: 105])
    }

    @Test("A commit is due at its interval, or before when much could be committed")
    func commitTimes() throws {
        var steps = try DeliverySteps(.atLeastOnce, maxRecords: 4)
        steps.settleFirstCommit()
        steps.deliver(try steps.send(1, from: 0))
        steps.advance(.milliseconds(300))
        steps.expectWait(until: .milliseconds(700))
        steps.deliver(try steps.send(1, from: 1))
        // Two of four records that may be in flight.
        #expect(try steps.expectCommit() == [first: 2])
    }

    @Test("There is one commit at a time, its result is looked for, and while it starts no partition may be revoked")
    func oneCommit() throws {
        var steps = try DeliverySteps(.atLeastOnce, maxRecords: 4)
        steps.settleFirstCommit()
        steps.deliver(try steps.send(2, from: 0))
        #expect(try steps.expectCommit() == [first: 2])
        #expect(steps.delivery.isStartingCommit)
        steps.take(.commitStarted)
        #expect(!steps.delivery.isStartingCommit)
        steps.deliver(try steps.send(2, from: 2))
        steps.expectWait(until: .milliseconds(10))
        steps.advance(.milliseconds(10))
        steps.expectPoll()
        steps.expectWait(until: .milliseconds(10))
        #expect(
            steps.take(.committed([first: 2])).contains { if case .committed([first: 2]) = $0 { true } else { false } }
        )
        #expect(try steps.expectCommit() == [first: 4])
    }

    @Test("While the group is joined no commit starts; it starts soon after")
    func joining() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        steps.deliver(try steps.send(1, from: 0))
        steps.advance(.seconds(5))
        steps.isJoining = true
        steps.expectWait(until: .milliseconds(10))
        steps.isJoining = false
        steps.advance(.milliseconds(10))
        #expect(try steps.expectCommit() == [first: 1])
    }

    @Test("A commit that fails has its offsets committed with the next one; one that is final ends the work")
    func commitFails() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        steps.deliver(try steps.send(1, from: 0))
        steps.advance(steps.interval)
        _ = try steps.expectCommit()
        steps.take(.commitStarted)
        steps.take(.commitFailed(try steps.error("NOT_COORDINATOR")))
        steps.expectWait(until: steps.interval)
        steps.advance(steps.interval)
        #expect(try steps.expectCommit() == [first: 1])
        steps.take(.commitFailed(try steps.error("GROUP_AUTHORIZATION_FAILED")))
        #expect(steps.expectStop()?.exitCode == 77)
    }

    @Test("What is drained is committed at once, and then no thread waits any more")
    func drain() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        let sent = try steps.send(2, from: 0)
        steps.work.demand = .drain([first])
        steps.expectWait()
        steps.deliver(sent)
        #expect(try steps.expectCommit() == [first: 2])
        steps.take(.commitStarted)
        // A commit under way is not a commit.
        #expect(steps.work.demand == .drain([first]))
        steps.take(.committed([first: 2]))
        #expect(steps.work.demand == .nothing)
        steps.work.demand = .drain([second])
        steps.expectWait()
        #expect(steps.work.demand == .nothing, "nothing of it is in flight")
    }

    @Test("A drain ends with a commit that the group refuses: the records are done again elsewhere")
    func drainRefused() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        steps.deliver(try steps.send(1, from: 0))
        steps.work.demand = .drain([first])
        _ = try steps.expectCommit()
        steps.take(.commitStarted)
        steps.take(.commitFailed(try steps.error("ILLEGAL_GENERATION")))
        #expect(steps.work.demand == .nothing)
    }

    @Test("When the time to drain is over, what is acknowledged is committed without the rest")
    func commitDemand() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        let sent = try steps.send(2, from: 0)
        steps.deliver(Array(sent.prefix(1)))
        steps.work.demand = .commit
        #expect(try steps.expectCommit() == [first: 1])
        steps.take(.commitStarted)
        steps.take(.committed([first: 1]))
        #expect(steps.work.demand == .nothing)
    }

    @Test("After a revocation nothing of the partition is committed, though its messages are acknowledged later")
    func revoked() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        let sent = try steps.send(2, from: 0)
        steps.work.partitions.revoke([first])
        steps.deliver(sent)
        steps.advance(.seconds(60))
        steps.expectWait()
        #expect(steps.work.partitions.counts.published == 2 && steps.work.partitions.inFlightRecords == 0)
    }

    @Test("A message that is refused goes again alone, with nothing else under way, and then becomes a dead letter")
    func refused() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        let sent = try steps.send(3, from: 0)
        // Brokers refuse the whole batch.
        steps.refuse(Array(sent.prefix(2)), "MSG_SIZE_TOO_LARGE")
        steps.expectFlush()
        steps.deliver(Array(sent.suffix(1)))
        let alone = try steps.expectSend()
        #expect(alone.map(\.item.offset) == [0])
        steps.expectFlush()
        steps.deliver(alone)
        let culprit = try steps.expectSend()
        #expect(culprit.map(\.item.offset) == [1])
        steps.refuse(culprit, "MSG_SIZE_TOO_LARGE")
        let letter = try steps.expectSend()
        #expect(letter.map(\.message.topic) == ["dead"])
        steps.deliver(letter)
        #expect(steps.work.partitions.counts.deadLettered == [.outputTooLarge: 1])
        #expect(steps.work.partitions.counts.published == 2 && steps.work.partitions.inFlightRecords == 0)
    }

    @Test("Of a record with several messages that are refused, one becomes its dead letter and the others go")
    func refusedOfSeveral() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        try steps.make.tag(testRecord("x"), in: &steps.work.partitions, messages: 3)
        var sent = try steps.expectSend()
        #expect(sent.count == 3)
        steps.deliver(Array(sent[1...1]))
        steps.refuse([sent[0], sent[2]], "MSG_SIZE_TOO_LARGE")
        sent = try steps.expectSend()
        #expect(sent.map(\.index) == [0])
        steps.refuse(sent, "MSG_SIZE_TOO_LARGE")
        sent = try steps.expectSend()
        #expect(sent.map(\.message.topic) == ["dead"])
        steps.expectFlush()
        steps.deliver(sent)
        sent = try steps.expectSend()
        #expect(sent.map(\.index) == [2])
        #expect(steps.refuse(sent, "MSG_SIZE_TOO_LARGE").count == 1, "the record is delivered")
        #expect(steps.work.partitions.counts.deadLettered == [.outputTooLarge: 1])
        #expect(steps.work.partitions.inFlightRecords == 0)
    }

    @Test("A dead letter that is refused ends the work: to go on would be to skip its record")
    func deadLetterRefused() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        let item = try steps.make.admit(testRecord("x"), to: &steps.work.partitions)
        item.reject(Rejection(.badJSON, in: .decode, ""), by: DeadLetter(topic: "dead", group: "g"))
        steps.work.partitions.finish(item)
        steps.refuse(try steps.expectSend(), "INVALID_RECORD")
        steps.refuse(try steps.expectSend(), "INVALID_RECORD")
        guard case .deadLetterRefused = steps.expectStop() else {
            Issue.record("the work goes on")
            return
        }
    }

    @Test("What the client itself will not take becomes a dead letter at once; with a full queue it waits for reports")
    func notSent() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        var sent = try steps.send(3, from: 0)
        steps.take(.notSent(Array(sent.suffix(2)), try steps.error("_QUEUE_FULL")))
        steps.expectPoll()
        sent = try steps.expectSend()
        #expect(sent.map(\.item.offset) == [1, 2])
        steps.take(.notSent(sent, try steps.error("MSG_SIZE_TOO_LARGE")))
        sent = try steps.expectSend()
        #expect(sent.map(\.message.topic) == ["dead", "out"])
    }

    @Test("What fails for another reason, or a client that is of no use any more, ends the work")
    func fatal() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        steps.refuse(try steps.send(1, from: 0), "TOPIC_AUTHORIZATION_FAILED")
        #expect(steps.expectStop()?.exitCode == 77)
        steps = try DeliverySteps(.atLeastOnce)
        steps.take(.clientErrors([try steps.error("_TRANSPORT"), try steps.error("_FATAL")]))
        #expect(steps.expectStop() != nil)
    }

    @Test("Many messages under way hold the next ones back until their reports are there")
    func window() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        let sent = try steps.send(5, from: 0)
        let next = try steps.make.tag(testRecord("x", offset: 5), in: &steps.work.partitions)
        steps.expectWait(until: .milliseconds(200))
        steps.take(.reportsWaiting)
        steps.expectPoll()
        steps.deliver(Array(sent.prefix(1)))
        #expect(try steps.expectSend().map(\.item.offset) == [next.offset])
    }

    @Test("A record with several messages is done when the last of them is acknowledged")
    func severalMessages() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        steps.settleFirstCommit()
        try steps.make.tag(testRecord("x"), in: &steps.work.partitions, messages: 3)
        let sent = try steps.expectSend()
        #expect(sent.map(\.index) == [0, 1, 2])
        steps.deliver([sent[2], sent[0]])
        #expect(steps.work.partitions.duePositions.isEmpty && steps.work.partitions.inFlightRecords == 1)
        steps.deliver([sent[1]])
        #expect(steps.work.partitions.duePositions == [first: 1] && steps.work.partitions.counts.published == 1)
    }

    @Test("A worker that is closed ends its delivery, whatever is under way")
    func closed() throws {
        var steps = try DeliverySteps(.atLeastOnce)
        _ = try steps.send(1, from: 0)
        steps.work.phase = .closed
        #expect(steps.expectStop() == nil)
    }
}
