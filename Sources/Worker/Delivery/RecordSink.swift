// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Where messages go to. Each that `send` took gets one delivery report.
protocol RecordSink: Sendable {
    /// Takes a message; never waits. `.queueFull` means: poll, and try again.
    func send(_ message: Message, token: UInt64) throws(KafkaError)

    /// Waits for the first report or error, then takes all that are there.
    func poll(timeout: Duration) -> Producer.Poll

    /// Has what waits written without lingering, until all is or the time is over.
    func flush(timeout: Duration) -> Producer.Poll
}

/// A sink whose messages become visible together with the offsets of what they came of, or not at all.
protocol TransactionalSink: RecordSink {
    /// Makes a call, and waits for it at most so long. An error that is retriable means: the same call again.
    func call(_ call: TransactionCall, timeout: Duration) throws(KafkaError)
}

/// Topics, each message being for the one that it names.
struct TopicSink: RecordSink {
    let producer: Producer

    func send(_ message: Message, token: UInt64) throws(KafkaError) {
        try producer.send(
            topic: message.topic,
            key: message.key,
            value: message.value,
            headers: message.headers,
            timestamp: message.timestamp,
            token: token
        )
    }

    func poll(timeout: Duration) -> Producer.Poll { producer.poll(timeout: timeout) }

    func flush(timeout: Duration) -> Producer.Poll { producer.flush(timeout: timeout) }
}
