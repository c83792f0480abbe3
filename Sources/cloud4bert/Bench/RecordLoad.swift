// SPDX-License-Identifier: Apache-2.0
import Configuration
import Foundation
import Kafka
import Settings
import Synchronization

/// Sends texts to a worker's input topic, and sees when their tags come out of its output topic.
final class RecordLoad: Sendable {
    static let input = "bench"
    static let output = "bench.sentiment"
    /// Milliseconds that a fetch waits for records. A broker answers as soon as there is one; the local cluster only when
    /// the wait is over, which with librdkafka's 500 would be all that a latency shows.
    static let fetchWait = "2"
    /// The same for a backlog, whose first records would else wait for the half of a second too; and few enough fetches
    /// come back empty that they cost nothing.
    static let backlogFetchWait = "50"

    /// When a record was sent, and when its tag was there.
    struct Passage: Sendable {
        var sent: ContinuousClock.Instant
        var tagged: ContinuousClock.Instant?
    }

    private struct State {
        var passages: [Passage] = []
        var tagged = 0
        var isClosed = false
    }

    private let producer: Producer
    private let texts: [String]
    private let state = Mutex(State())
    private let reader: Consumer

    init(bootstrapServers: String, texts: [String]) throws {
        let settings = ["bootstrap.servers": bootstrapServers, "socket.nagle.disable": "true"]
        producer = try Producer(settings: settings.merging(["linger.ms": "0"]) { $1 })
        reader = try Consumer(
            settings: settings.merging(["group.id": "bench-reader", "fetch.wait.max.ms": Self.fetchWait]) { $1 }
        )
        self.texts = texts
        let partitions = try reader.partitions(of: Self.output, timeout: .seconds(10))
        try reader.assign(
            Dictionary(
                uniqueKeysWithValues: partitions.map { (TopicPartition(topic: Self.output, partition: $0), .beginning) }
            )
        )
    }

    /// Reads tags until `close`; one thread's loop.
    func read() {
        while !state.withLock({ $0.isClosed }) {
            let poll = reader.poll(upTo: 1_000, timeout: .milliseconds(100))
            let now = ContinuousClock.now
            state.withLock { state in
                for record in poll.records {
                    // The key is the record's number.
                    guard let index = record.key.flatMap({ Int(String(decoding: $0, as: UTF8.self)) }),
                        state.passages.indices.contains(index), state.passages[index].tagged == nil
                    else { continue }
                    state.passages[index].tagged = now
                    state.tagged += 1
                }
            }
        }
        reader.close()
    }

    func close() { state.withLock { $0.isClosed = true } }

    /// How many records were tagged so far.
    var tagged: Int { state.withLock { $0.tagged } }

    /// Sends the next record.
    func send() throws {
        let index = state.withLock { state in
            state.passages.append(Passage(sent: .now))
            return state.passages.count - 1
        }
        let text = texts[index % texts.count]
        try producer.send(
            topic: Self.input,
            key: Array(String(index).utf8),
            value: Array(text.utf8),
            headers: [],
            token: UInt64(index)
        )
        _ = producer.poll(timeout: .zero)
    }

    /// Waits until all that was sent is tagged, and returns what became of the records since the last call.
    func finish(from first: Int) throws -> [Passage] {
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            let (passages, missing) = state.withLock { state in
                let missing = state.passages.count - state.tagged
                return (missing == 0 ? Array(state.passages[first...]) : [], missing)
            }
            guard missing > 0 else { return passages }
            guard ContinuousClock.now < deadline else {
                throw InputError("\(missing) of the records were not tagged within two minutes")
            }
            usleep(1_000)
        }
    }
}
