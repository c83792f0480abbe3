// SPDX-License-Identifier: Apache-2.0
public import Configuration
import Kafka
public import Settings
import Threading

/// Publishes results as the worker does, to `output.topic` and `dead.letter.topic`.
public final class TopicReplaySink: ReplaySink {
    private struct State {
        var sent: UInt64 = 0
        var unreported: [UInt64: String] = [:]
    }

    private let sink: TopicSink
    private let settings: Settings
    private let state = Monitor(State())
    private static let patience = Duration.milliseconds(100)

    /// Starts a producer as the settings have it.
    public init(settings: Settings) throws(WorkerError) {
        self.settings = settings
        do throws(KafkaError) {
            sink = TopicSink(producer: try Producer(settings: settings.producerProperties))
        } catch {
            throw settings.failure(error)
        }
    }

    /// Sends a record's messages.
    public func write(_ result: ReplayResult) throws {
        for message in result.item.messages {
            let token = state.withLock { state in
                state.sent += 1
                state.unreported[state.sent] = result.item.record.id
                return state.sent
            }
            while true {
                do throws(KafkaError) {
                    try sink.send(message, token: token)
                    break
                } catch {
                    guard error.kind == .queueFull else { throw settings.failure(error) }
                    try take(sink.poll(timeout: Self.patience))
                }
            }
        }
        try take(sink.poll(timeout: .zero))
    }

    /// Has all messages acknowledged.
    public func sync() throws -> Int64 {
        while !state.withLock(\.unreported.isEmpty) { try take(sink.flush(timeout: Self.patience)) }
        return 0
    }

    private func take(_ poll: Producer.Poll) throws {
        if let error = poll.errors.first(where: \.isFinal) { throw settings.failure(error) }
        for report in poll.reports {
            let record = state.withLock { $0.unreported.removeValue(forKey: report.token) }
            guard let error = report.error, let record else { continue }
            // A right that is missing says nothing of the record.
            guard !error.isFinal else { throw settings.failure(error) }
            throw ReplayError.refused(record: record, reason: "\(error)")
        }
    }
}
