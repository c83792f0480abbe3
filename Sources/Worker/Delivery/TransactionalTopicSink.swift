// SPDX-License-Identifier: Apache-2.0
import Kafka
import Threading

/// Topics that are written to in transactions, with the offsets of a consumer's group.
final class TransactionalTopicSink: TransactionalSink {
    private struct State {
        var sink: TopicSink
        /// Who the consumer was to the group before the offsets were looked up that are sent next.
        var membership: Consumer.Membership?
    }

    private let state: Monitor<State>
    private let consumer: Consumer
    private let makeProducer: @Sendable () throws(KafkaError) -> Producer

    /// - Parameter makeProducer: makes a producer, each with the same `transactional.id`.
    init(
        _ producer: Producer,
        of consumer: Consumer,
        makeProducer: @escaping @Sendable () throws(KafkaError) -> Producer
    ) {
        state = Monitor(State(sink: TopicSink(producer: producer)))
        self.consumer = consumer
        self.makeProducer = makeProducer
    }

    private var sink: TopicSink { state.withLock { $0.sink } }

    func send(_ message: Message, token: UInt64) throws(KafkaError) { try sink.send(message, token: token) }

    func poll(timeout: Duration) -> Producer.Poll { sink.poll(timeout: timeout) }

    func flush(timeout: Duration) -> Producer.Poll { sink.flush(timeout: timeout) }

    func call(_ call: TransactionCall, timeout: Duration) throws(KafkaError) {
        let producer = sink.producer
        switch call {
        case .start: try producer.initTransactions(timeout: timeout)
        case .begin: try producer.beginTransaction()
        case .readMembership: try readMembership()
        case .sendOffsets(let offsets):
            guard let membership = state.withLock({ $0.membership }) else {
                throw .assignmentLost(during: "commit of a transaction")
            }
            try producer.sendOffsets(offsets, as: membership, timeout: timeout)
        case .commit: try producer.commitTransaction(timeout: timeout)
        case .abort: try producer.abortTransaction(timeout: timeout)
        case .diagnose: try diagnose(producer)
        case .renew:
            let renewed = TopicSink(producer: try makeProducer())
            // The end of the old one may take seconds, and comes when the lock is free.
            let old = state.withLock { state in
                defer { state.sink = renewed }
                return state.sink
            }
            withExtendedLifetime(old) {}
        }
    }

    private func readMembership() throws(KafkaError) {
        let membership = try consumer.membership()
        guard membership.isMember else { throw .assignmentLost(during: "commit of a transaction") }
        state.withLock { $0.membership = membership }
    }

    private func diagnose(_ producer: Producer) throws(KafkaError) {
        do throws(KafkaError) {
            try producer.beginTransaction()
        } catch {
            // Asked in the middle of a transaction that is well.
            if error.isFatal || error.requiresAbort { throw error }
        }
    }
}
