// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Testing
import WorkerTestSupport

@testable import Worker

/// A delivery with two partitions assigned, stepped by a test: it looks what is to be done, and says what came of it.
struct DeliverySteps {
    var delivery: any Delivery
    var work: DeliveryWork
    var isJoining = false
    private(set) var now = ContinuousClock.now
    let make: InFlightMaker
    let interval = Duration.seconds(1)

    init(_ guarantee: DeliveryGuarantee, maxRecords: Int = 100) throws {
        make = try InFlightMaker()
        let deadLetter = DeadLetter(topic: "dead", group: "g")
        switch guarantee {
        case .atLeastOnce:
            delivery = AtLeastOnceDelivery(deadLetter: deadLetter, commitInterval: interval, at: now)
        case .exactlyOnce:
            delivery = TransactionDelivery(
                deadLetter: deadLetter,
                commitInterval: interval,
                timeout: .seconds(60),
                at: now
            )
        }
        var partitions = AssignedPartitions(maxRecords: maxRecords, maxBytes: 1_000_000)
        partitions.assign([0, 1].map { TopicPartition(topic: "in", partition: $0) })
        work = DeliveryWork(partitions)
    }

    // MARK: What happens

    mutating func advance(_ duration: Duration) { now += duration }

    @discardableResult
    mutating func take(_ event: DeliveryEvent) -> [DeliveryNotice] { delivery.take(event, &work, at: now) }

    func error(_ name: String, requiresAbort: Bool = false) throws -> KafkaError {
        try #require(KafkaError(named: name, during: "test", requiresAbort: requiresAbort))
    }

    /// A record gets its result.
    mutating func finish(_ item: InFlight) {
        make.end(item)
        work.partitions.finish(item)
    }

    /// Has records of one partition tagged, and what comes of them sent.
    mutating func send(_ count: Int, from offset: Int64, partition: Int32 = 0) throws -> [Outgoing] {
        try tag(count, from: offset, partition: partition)
        return try expectSend()
    }

    mutating func tag(_ count: Int, from offset: Int64, partition: Int32 = 0, isBehind: Bool = false) throws {
        for index in 0..<Int64(count) {
            let record = testRecord("x", partition: partition, offset: offset + index)
            try make.tag(record, in: &work.partitions, isBehind: isBehind)
        }
    }

    /// The broker acknowledges messages.
    @discardableResult
    mutating func deliver(_ messages: [Outgoing]) -> [DeliveryNotice] { report(messages, nil) }

    /// The broker refuses messages, all for one reason.
    @discardableResult
    mutating func refuse(_ messages: [Outgoing], _ name: String) -> [DeliveryNotice] {
        report(messages, KafkaError(named: name, during: "delivery"))
    }

    private mutating func report(_ messages: [Outgoing], _ error: KafkaError?) -> [DeliveryNotice] {
        let out = TopicPartition(topic: "out", partition: 0)
        return take(
            .reported(messages.map { DeliveryReport(token: $0.token, topicPartition: out, offset: 0, error: error) })
        )
    }

    // MARK: What is to be done

    mutating func next() -> DeliveryAction { delivery.next(&work, isJoining: isJoining, at: now) }

    /// The first commit is due at the start, when there is nothing to commit.
    mutating func settleFirstCommit() { expectWait() }

    mutating func expectSend(_ location: SourceLocation = #_sourceLocation) throws -> [Outgoing] {
        let action = next()
        guard case .send(let messages) = action else {
            throw Unexpected(action, location)
        }
        return messages
    }

    mutating func expectCommit(_ location: SourceLocation = #_sourceLocation) throws -> [TopicPartition:
        OffsetAndMetadata]
    {
        let action = next()
        guard case .startCommit(let offsets) = action else { throw Unexpected(action, location) }
        return offsets
    }

    /// - Parameter duration: from now; nil for any time.
    mutating func expectWait(until duration: Duration? = nil, _ location: SourceLocation = #_sourceLocation) {
        let action = next()
        guard case .wait(let time) = action else {
            Issue.record("\(action)", sourceLocation: location)
            return
        }
        if let duration { #expect(time - now == duration, sourceLocation: location) }
    }

    mutating func expectPoll(_ location: SourceLocation = #_sourceLocation) {
        let action = next()
        guard case .poll = action else {
            Issue.record("\(action)", sourceLocation: location)
            return
        }
    }

    mutating func expectFlush(_ location: SourceLocation = #_sourceLocation) {
        let action = next()
        guard case .flush = action else {
            Issue.record("\(action)", sourceLocation: location)
            return
        }
    }

    mutating func expectStop(_ location: SourceLocation = #_sourceLocation) -> WorkerError? {
        let action = next()
        guard case .stop(let error) = action else {
            Issue.record("\(action)", sourceLocation: location)
            return nil
        }
        return error
    }

    /// Expects a call of the producer, and has it succeed.
    @discardableResult
    mutating func expectCall(
        _ call: TransactionCall,
        _ location: SourceLocation = #_sourceLocation
    ) -> [DeliveryNotice] {
        guard isNext(call, location) else { return [] }
        return take(.called(call))
    }

    /// Expects a call of the producer, and has it fail.
    @discardableResult
    mutating func expectCall(
        _ call: TransactionCall,
        failsWith error: KafkaError,
        _ location: SourceLocation = #_sourceLocation
    ) -> [DeliveryNotice] {
        guard isNext(call, location) else { return [] }
        return take(.callFailed(call, error))
    }

    private mutating func isNext(_ call: TransactionCall, _ location: SourceLocation) -> Bool {
        let action = next()
        guard case .call(call) = action else {
            Issue.record("\(action) and not \(call)", sourceLocation: location)
            return false
        }
        return true
    }

    struct Unexpected: Error {
        init(_ action: DeliveryAction, _ location: SourceLocation) {
            Issue.record("\(action)", sourceLocation: location)
        }
    }
}
