// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

/// Steps the delivery with a clock in hand: no thread, no broker, no waiting.
@Suite struct TransactionDeliveryTests {
    private let first = TopicPartition(topic: "in", partition: 0)
    private let second = TopicPartition(topic: "in", partition: 1)

    /// A delivery whose producer may begin transactions.
    private func started(maxRecords: Int = 100) throws -> DeliverySteps {
        var steps = try DeliverySteps(.exactlyOnce, maxRecords: maxRecords)
        steps.expectCall(.start)
        steps.expectWait()
        return steps
    }

    /// A delivery with a transaction of two more records, all acknowledged, whose commit is due.
    private func due(_ steps: inout DeliverySteps) throws {
        let sent = try begin(&steps, 2, from: 0)
        steps.deliver(sent)
        steps.advance(steps.interval)
    }

    private func begin(_ steps: inout DeliverySteps, _ count: Int, from offset: Int64) throws -> [Outgoing] {
        try steps.tag(count, from: offset)
        steps.expectCall(.begin)
        return try steps.expectSend()
    }

    @Test("Messages and the offsets that they end at are committed in one transaction, in this order of calls")
    func transaction() throws {
        var steps = try started()
        let sent = try begin(&steps, 2, from: 0)
        #expect(sent.map(\.item.offset) == [0, 1])
        steps.expectWait()
        steps.advance(steps.interval)
        // Nothing is committed before all is acknowledged.
        steps.expectFlush()
        steps.deliver(sent)
        #expect(steps.work.partitions.counts.published == 0, "what is not committed does not count")
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 2]))
        let notices = steps.expectCall(.commit)
        #expect(notices.contains { if case .transactionCommitted = $0 { true } else { false } })
        #expect(notices.contains { if case .committed([first: 2]) = $0 { true } else { false } })
        #expect(steps.work.partitions.counts.published == 2 && steps.work.partitions.isSettled([first]))
        steps.expectWait()
    }

    @Test("A transaction holds what was done ahead of a gap, and of it; the group tells by the metadata what happened")
    func gap() throws {
        for isCommitted in [true, false] {
            var steps = try started()
            let hasJumped = steps.work.partitions.jump(over: 0..<100, of: first)
            #expect(hasJumped)
            let sent = try begin(&steps, 2, from: 100)
            try steps.tag(3, from: 0, isBehind: true)
            let behind = try steps.expectSend()
            #expect(behind.map(\.item.offset) == [0, 1, 2])
            steps.deliver(sent + behind)
            steps.advance(steps.interval)
            steps.expectCall(.readMembership)
            let position = OffsetAndMetadata(offset: 3, metadata: "c4b1 97,2")
            steps.expectCall(.sendOffsets([first: position]))
            steps.expectCall(.commit, failsWith: try steps.error("_FATAL"))
            steps.expectCall(.renew)
            steps.expectCall(.start)
            guard case .queryCommitted([first]) = steps.next() else {
                Issue.record("the group is not asked")
                return
            }
            let before = OffsetAndMetadata(offset: 3, metadata: "c4b1 97,1")
            steps.take(.queried([first: isCommitted ? position : before]))
            #expect(steps.work.partitions.counts.published == (isCommitted ? 5 : 0))
            #expect(steps.work.partitions.isSettled([first]) == isCommitted)
        }
    }

    @Test("Without records there is no transaction, and skipped ones alone make one of their offsets")
    func empty() throws {
        var steps = try started()
        steps.advance(.seconds(60))
        steps.expectWait()
        let item = try steps.make.admit(testRecord("x", offset: 4), to: &steps.work.partitions)
        item.end(as: .skipped(.emptyText))
        steps.work.partitions.finish(item)
        steps.expectWait()
        steps.advance(steps.interval)
        steps.expectCall(.begin)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 5]))
        steps.expectCall(.commit)
        #expect(steps.work.partitions.isSettled([first]))
    }

    @Test("A transaction ends ahead of its time when it holds half of what may be in flight")
    func half() throws {
        var steps = try started(maxRecords: 4)
        let sent = try begin(&steps, 2, from: 0)
        steps.expectFlush()
        steps.deliver(sent)
        steps.expectCall(.readMembership)
    }

    @Test("What is drained goes into the transaction whole, and is committed at once")
    func drain() throws {
        var steps = try started()
        let late = try steps.make.admit(testRecord("x", offset: 0), to: &steps.work.partitions)
        steps.work.demand = .drain([first])
        steps.expectWait()
        steps.finish(late)
        steps.expectCall(.begin)
        steps.deliver(try steps.expectSend())
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 1]))
        #expect(steps.work.demand == .drain([first]))
        steps.expectCall(.commit)
        #expect(steps.work.demand == .nothing)
        steps.work.demand = .drain([second])
        steps.expectWait()
        #expect(steps.work.demand == .nothing, "nothing of it is in flight")
    }

    @Test("When the time to drain is over, the transaction ends with what is in it")
    func commitDemand() throws {
        var steps = try started()
        let sent = try begin(&steps, 1, from: 0)
        _ = try steps.make.admit(testRecord("x", offset: 1), to: &steps.work.partitions)
        steps.work.demand = .commit
        steps.expectFlush()
        steps.deliver(sent)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 1]))
        steps.expectCall(.commit)
        #expect(steps.work.demand == .nothing)
    }

    @Test("A transaction with records of a revoked partition is aborted, and the others go out again, first of all")
    func revoked() throws {
        var steps = try started()
        try steps.tag(1, from: 5, partition: 1)
        try due(&steps)
        steps.work.partitions.revoke([second])
        steps.expectCall(.readMembership)
        steps.expectCall(.abort)
        steps.advance(.seconds(3))
        steps.expectCall(.begin)
        let again = try steps.expectSend()
        #expect(again.map(\.item.offset) == [0, 1])
        #expect(steps.work.partitions.counts.skipped == [.revoked: 1])
    }

    @Test("A transaction that fails is aborted and repeated after a pause, and each record counts once")
    func repeated() throws {
        var steps = try started()
        try due(&steps)
        steps.expectCall(.readMembership)
        let error = try steps.error("ILLEGAL_GENERATION", requiresAbort: true)
        let notices = steps.expectCall(.sendOffsets([first: 2]), failsWith: error)
        #expect(notices.contains { if case .transactionAborted(error) = $0 { true } else { false } })
        steps.expectCall(.abort)
        steps.expectWait(until: .milliseconds(40))
        try steps.tag(1, from: 2)
        steps.advance(.milliseconds(40))
        steps.expectCall(.begin)
        let sent = try steps.expectSend()
        #expect(sent.map(\.item.offset) == [0, 1, 2])
        steps.deliver(sent)
        steps.advance(steps.interval)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 3]))
        steps.expectCall(.commit)
        #expect(steps.work.partitions.counts.published == 3 && steps.work.partitions.counts.consumed == 3)
    }

    @Test("Failures in a row make longer pauses, of two seconds at most")
    func pauses() throws {
        var steps = try started()
        try steps.tag(1, from: 0)
        var pauses: [Duration] = []
        for _ in 0..<9 {
            steps.expectCall(.begin, failsWith: try steps.error("_INVALID_ARG", requiresAbort: true))
            guard case .wait(let time) = steps.next() else { break }
            pauses.append(time - steps.now)
            steps.advance(time - steps.now)
        }
        // A broken setting is no passing failure.
        #expect(pauses.isEmpty)
        steps = try started()
        try steps.tag(1, from: 0)
        for _ in 0..<9 {
            steps.expectCall(.begin, failsWith: try steps.error("UNKNOWN_MEMBER_ID", requiresAbort: true))
            guard case .wait(let time) = steps.next() else { break }
            pauses.append(time - steps.now)
            steps.advance(time - steps.now)
        }
        #expect(pauses.prefix(3) == [.milliseconds(40), .milliseconds(80), .milliseconds(160)])
        #expect(pauses.count == 9 && pauses.last == .seconds(2))
    }

    @Test(
        "A call that fails for the moment is made again, after pauses that grow, until the transaction's time is over"
    )
    func retries() throws {
        var steps = try started()
        try due(&steps)
        steps.expectCall(.readMembership)
        let error = try steps.error("COORDINATOR_LOAD_IN_PROGRESS")
        try #require(error.isRetriable)
        steps.expectCall(.sendOffsets([first: 2]), failsWith: error)
        steps.expectWait(until: .milliseconds(50))
        steps.advance(.milliseconds(50))
        steps.expectCall(.sendOffsets([first: 2]), failsWith: error)
        steps.expectWait(until: .milliseconds(100))
        steps.advance(.seconds(60))
        steps.expectCall(.sendOffsets([first: 2]), failsWith: error)
        steps.expectCall(.abort)
    }

    @Test("A start waits for the coordinator as long as it takes, and ends the work where it is refused")
    func start() throws {
        var steps = try DeliverySteps(.exactlyOnce)
        let error = try steps.error("COORDINATOR_NOT_AVAILABLE")
        for _ in 0..<100 {
            steps.expectCall(.start, failsWith: error)
            steps.advance(.seconds(2))
        }
        steps.expectCall(.start, failsWith: try steps.error("TRANSACTIONAL_ID_AUTHORIZATION_FAILED"))
        #expect(steps.expectStop()?.exitCode == 77)
    }

    @Test("A message that is refused fails its transaction, goes again alone, and then becomes a dead letter")
    func refused() throws {
        var steps = try started()
        let sent = try begin(&steps, 3, from: 0)
        steps.refuse(Array(sent.prefix(1)), "MSG_SIZE_TOO_LARGE")
        steps.refuse(Array(sent.suffix(2)), "_PURGE_QUEUE")
        steps.expectCall(.abort)
        steps.advance(.seconds(3))
        steps.expectCall(.begin)
        let alone = try steps.expectSend()
        #expect(alone.map(\.item.offset) == [0])
        steps.expectFlush()
        steps.refuse(alone, "MSG_SIZE_TOO_LARGE")
        steps.expectCall(.abort)
        steps.advance(.seconds(3))
        steps.expectCall(.begin)
        let last = try steps.expectSend()
        #expect(last.map(\.message.topic) == ["dead", "out", "out"])
        steps.deliver(last)
        steps.advance(steps.interval)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 3]))
        steps.expectCall(.commit)
        #expect(steps.work.partitions.counts.deadLettered == [.outputTooLarge: 1])
    }

    @Test("Of a record with several messages, all give way to its dead letter, whichever was refused")
    func refusedOfSeveral() throws {
        var steps = try started()
        try steps.make.tag(testRecord("x"), in: &steps.work.partitions, messages: 3)
        steps.expectCall(.begin)
        let sent = try steps.expectSend()
        #expect(sent.count == 3)
        steps.refuse(Array(sent[1...1]), "MSG_SIZE_TOO_LARGE")
        steps.refuse([sent[0], sent[2]], "_PURGE_QUEUE")
        steps.expectCall(.abort)
        steps.advance(.seconds(3))
        steps.expectCall(.begin)
        let first = try steps.expectSend()
        #expect(first.map(\.index) == [0])
        steps.deliver(first)
        let culprit = try steps.expectSend()
        #expect(culprit.map(\.index) == [1])
        steps.refuse(culprit, "MSG_SIZE_TOO_LARGE")
        steps.expectCall(.abort)
        steps.advance(.seconds(3))
        steps.expectCall(.begin)
        let letter = try steps.expectSend()
        #expect(letter.map(\.message.topic) == ["dead"])
        steps.deliver(letter)
        steps.advance(steps.interval)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first[0].item.partition: 1]))
        steps.expectCall(.commit)
        #expect(steps.work.partitions.counts.deadLettered == [.outputTooLarge: 1])
    }

    @Test("What the client itself will not take of a record with several messages ends the transaction")
    func notSentOfSeveral() throws {
        var steps = try started()
        try steps.make.tag(testRecord("x"), in: &steps.work.partitions, messages: 2)
        steps.expectCall(.begin)
        let sent = try steps.expectSend()
        steps.take(.notSent(Array(sent.suffix(1)), try steps.error("MSG_SIZE_TOO_LARGE")))
        steps.expectCall(.abort)
        steps.advance(.seconds(3))
        steps.expectCall(.begin)
        #expect(try steps.expectSend().map(\.message.topic) == ["dead"])
    }

    @Test("What the client itself will not take does the transaction no harm: its dead letter goes in its place")
    func notSent() throws {
        var steps = try started()
        var sent = try begin(&steps, 3, from: 0)
        steps.take(.notSent(Array(sent.suffix(2)), try steps.error("MSG_SIZE_TOO_LARGE")))
        sent = try steps.expectSend()
        #expect(sent.map(\.message.topic) == ["dead", "out"])
        steps.take(.notSent(sent, try steps.error("_QUEUE_FULL")))
        steps.expectPoll()
        #expect(try steps.expectSend().map(\.item.offset) == [1, 2])
    }

    @Test("An error that says only that the transaction has failed has its cause looked up")
    func diagnosed() throws {
        var steps = try started()
        let sent = try begin(&steps, 1, from: 0)
        steps.refuse(sent, "_PURGE_QUEUE")
        let cause = try steps.error("TOPIC_AUTHORIZATION_FAILED", requiresAbort: true)
        steps.expectCall(.diagnose, failsWith: cause)
        // The transaction that is open is not left to time out.
        steps.expectCall(.abort)
        #expect(steps.expectStop()?.exitCode == 77)
        steps = try started()
        steps.refuse(try begin(&steps, 1, from: 0), "_PURGE_QUEUE")
        steps.expectCall(.diagnose)
        steps.expectCall(.abort)
        steps.expectWait()
    }

    @Test(
        "A fenced producer is replaced, and the group tells whether its last commit happened",
        arguments: [true, false]
    )
    func renewed(isCommitted: Bool) throws {
        var steps = try started()
        try due(&steps)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 2]))
        steps.expectCall(.commit, failsWith: try steps.error("_FATAL"))
        steps.expectCall(.renew)
        steps.expectCall(.start)
        guard case .queryCommitted([first]) = steps.next() else {
            Issue.record("the group is not asked")
            return
        }
        steps.take(.queryFailed(try steps.error("_TIMED_OUT")))
        steps.expectWait(until: .milliseconds(200))
        steps.advance(.milliseconds(200))
        guard case .queryCommitted([first]) = steps.next() else {
            Issue.record("the group is not queried again")
            return
        }
        let notices = steps.take(.queried([first: isCommitted ? 2 : 0]))
        #expect(notices.contains { if case .transactionFoundCommitted = $0 { true } else { false } } == isCommitted)
        #expect(steps.work.partitions.counts.published == (isCommitted ? 2 : 0))
        steps.advance(.seconds(3))
        if isCommitted {
            steps.expectWait()
        } else {
            steps.expectCall(.begin)
            #expect(try steps.expectSend().map(\.item.offset) == [0, 1])
        }
    }

    @Test("A producer that cannot abort is replaced; after an abort it is certain that nothing was committed")
    func abortFails() throws {
        var steps = try started()
        try due(&steps)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 2]))
        steps.expectCall(.commit, failsWith: try steps.error("UNKNOWN_PRODUCER_ID", requiresAbort: true))
        steps.expectCall(.abort, failsWith: try steps.error("PRODUCER_FENCED"))
        steps.expectCall(.renew)
        steps.expectCall(.start)
        steps.take(.queried([:]))
        steps = try started()
        try due(&steps)
        steps.expectCall(.readMembership)
        steps.expectCall(.sendOffsets([first: 2]))
        steps.expectCall(.commit, failsWith: try steps.error("UNKNOWN_PRODUCER_ID", requiresAbort: true))
        steps.expectCall(.abort)
        steps.expectWait()
    }

    @Test("Producers that are fenced one after the other end the work: another worker has their transactional.id")
    func fencedAgainAndAgain() throws {
        var steps = try started()
        try steps.tag(1, from: 0)
        let error = try steps.error("_FATAL")
        for _ in 0..<4 {
            steps.expectCall(.begin, failsWith: error)
            steps.expectCall(.renew)
            steps.expectCall(.start)
            steps.advance(.seconds(3))
        }
        steps.expectCall(.begin, failsWith: error)
        #expect(steps.expectStop() != nil)
    }

    @Test("A worker that is closed aborts the transaction that is open, and ends")
    func closed() throws {
        var steps = try started()
        _ = try begin(&steps, 1, from: 0)
        steps.work.phase = .closed
        let notices = steps.expectCall(.abort)
        #expect(notices.contains { if case .transactionLeft = $0 { true } else { false } })
        #expect(steps.expectStop() == nil)
        steps = try started()
        steps.work.phase = .closed
        #expect(steps.expectStop() == nil)
        steps = try DeliverySteps(.exactlyOnce)
        steps.work.phase = .closed
        #expect(steps.expectStop() == nil)
    }

    @Test("Late reports of an aborted transaction change nothing")
    func lateReports() throws {
        var steps = try started()
        let sent = try begin(&steps, 1, from: 0)
        steps.take(.clientErrors([try steps.error("_TRANSPORT")]))
        steps.refuse(sent, "OUT_OF_ORDER_SEQUENCE_NUMBER")
        steps.expectCall(.abort)
        steps.deliver(sent)
        steps.advance(.seconds(3))
        steps.expectCall(.begin)
        let again = try steps.expectSend()
        #expect(again.map(\.item.offset) == [0] && again[0].token != sent[0].token)
        steps.deliver(sent)
        steps.advance(steps.interval)
        steps.expectFlush()
    }
}
