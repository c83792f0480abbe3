// SPDX-License-Identifier: Apache-2.0
import Configuration
import Kafka
import Settings

/// Sends letters back as the records that they were.
struct Requeue {
    private let settings: Settings
    private let producer: Producer
    private let target: String?
    /// Topics that letters may go back to, if any are set: their headers may name what they like. What a worker writes to
    /// is never one: a letter from there came of a worker that read it by mistake.
    private let inputs: InputTopics
    /// How many partitions the topics have that were asked for; nil for topics that there are not.
    private var partitions: [String: Int?] = [:]
    private var nextToken: UInt64 = 0
    private var acknowledged: [UInt64] = []
    private var failure: KafkaError?

    /// How many were acknowledged, by topic.
    private(set) var sent: [String: Int] = [:]

    private static let patience = Duration.seconds(30)

    init(settings: Settings, target: String?) throws(WorkerError) {
        self.settings = settings
        self.target = target
        inputs = InputTopics(settings: settings)
        if let target, inputs.written.contains(target) {
            let problem = "to: '\(target)' is a topic that the worker writes to; records go to one that is read"
            throw .settings(SettingsError(problems: [problem]))
        }
        var properties = settings.producerProperties
        properties["message.timeout.ms"] = "\(Self.patience.components.seconds * 1_000)"
        do throws(KafkaError) { producer = try Producer(settings: properties) } catch { throw settings.failure(error) }
    }

    /// Sends a letter and returns its token; nil if it is not known, or not allowed, where it would go.
    mutating func send(_ letter: Letter) throws(WorkerError) -> UInt64? {
        guard let topic = target ?? letter.source?.partition.topic,
            target != nil || isAllowed(topic)
        else { return nil }
        // A client of the dead-letter topic may name a topic that there is not; it holds up no other letter.
        guard let count = try partitionCount(of: topic) else {
            if target != nil { throw .topicMissing(setting: "requeue", topic: topic) }
            return nil
        }
        let origin = target == nil ? letter.source?.partition.partition : nil
        nextToken += 1
        while failure == nil {
            do throws(KafkaError) {
                try producer.send(
                    topic: topic,
                    // A topic that was made again may have fewer.
                    partition: origin.flatMap { $0 < count ? $0 : nil },
                    key: letter.record.key,
                    value: letter.record.value,
                    headers: letter.originalHeaders,
                    timestamp: letter.timestamp,
                    token: nextToken
                )
                break
            } catch {
                if error.kind == .queueFull {
                    take(producer.poll(timeout: .milliseconds(100)))
                } else {
                    failure = error
                }
            }
        }
        return nextToken
    }

    /// Waits for all that was sent, and says what was acknowledged since the last time, and what went wrong.
    mutating func finish() -> (acknowledged: [UInt64], failure: KafkaError?) {
        // Each record has its report by the time that the producer gives it.
        while producer.pending > 0 { take(producer.flush(timeout: Self.patience)) }
        defer { acknowledged = [] }
        return (acknowledged, failure)
    }

    private mutating func take(_ poll: Producer.Poll) {
        if let error = poll.errors.first(where: \.isFinal) { failure = failure ?? error }
        for report in poll.reports {
            if let error = report.error {
                failure = failure ?? error
            } else {
                acknowledged.append(report.token)
                sent[report.topicPartition.topic, default: 0] += 1
            }
        }
    }

    private func isAllowed(_ topic: String) -> Bool {
        // A header may hold anything, and C would read it up to a NUL.
        guard Topic.isName(topic) else { return false }
        let isAny = inputs.names.isEmpty && inputs.expressions.isEmpty
        return isAny ? !inputs.written.contains(topic) : inputs.contains(topic)
    }

    /// Asked of the cluster before anything is sent, which would bring a topic into being that is not there.
    private mutating func partitionCount(of topic: String) throws(WorkerError) -> Int? {
        if let known = partitions[topic] { return known }
        var count: Int?
        do throws(KafkaError) {
            count = try producer.partitions(of: topic, timeout: Self.patience).count
        } catch {
            guard error.kind == .unknownTopicOrPartition else { throw settings.failure(error) }
        }
        partitions.updateValue(count, forKey: topic)
        return count
    }
}
