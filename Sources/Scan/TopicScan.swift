// SPDX-License-Identifier: Apache-2.0
package import Configuration
package import Kafka
package import Settings

/// Reads whole partitions, from where they begin to where they end now, without joining a group.
package struct TopicScan {
    package let consumer: Consumer
    private let settings: Settings
    private let group: String
    /// How long a broker may take to answer, and how long a poll waits.
    static let (answerTime, pollTime) = (Duration.seconds(10), Duration.milliseconds(100))
    /// Records of one poll, which are in memory at once.
    private static let recordsPerPoll = 1_000

    /// Connects as the settings say; transactions that are open or aborted are not seen.
    /// - Parameter group: whose committed offsets the consumer is to work with.
    package init(settings: Settings, group: String) throws(WorkerError) {
        guard !settings[Settings.bootstrapServers].isEmpty else {
            throw .settings(SettingsError(problems: ["bootstrap.servers: not set, and it is needed"]))
        }
        let own = [
            "group.id": group, "isolation.level": "read_committed", "enable.partition.eof": "true",
            "auto.offset.reset": "earliest",
        ]
        self.settings = settings
        self.group = group
        let problems = settings.clientProblems()
        guard problems.isEmpty else { throw .settings(SettingsError(problems: problems)) }
        var properties = settings.scanProperties.merging(own) { $1 }
        // What is hidden from the worker's input may well be what is to be looked at.
        properties[Settings.blacklist] = nil
        do throws(KafkaError) {
            consumer = try Consumer(settings: properties)
        } catch {
            throw settings.failure(error, group: group)
        }
    }

    /// What the partitions of a topic hold now. Offsets in these ranges need not all have a record.
    /// - Parameter option: what named the topic, for the error where there is none.
    package func bounds(of topic: String, namedBy option: String) throws(WorkerError) -> [TopicPartition: Range<Int64>]
    {
        do throws(KafkaError) {
            var bounds: [TopicPartition: Range<Int64>] = [:]
            for number in try consumer.partitions(of: topic, timeout: Self.answerTime) {
                let partition = TopicPartition(topic: topic, partition: number)
                let (low, high) = try consumer.watermarks(of: partition, timeout: Self.answerTime)
                bounds[partition] = low..<max(low, high)
            }
            return bounds
        } catch {
            guard error.kind != .unknownTopicOrPartition else { throw .topicMissing(setting: option, topic: topic) }
            throw failure(error)
        }
    }

    /// What the group has committed. Partitions without a commit are not in the answer.
    package func committed(
        _ partitions: [TopicPartition],
        timeout: Duration
    ) throws(WorkerError) -> [TopicPartition: OffsetAndMetadata] {
        do throws(KafkaError) {
            return try consumer.committedBeforeReading(partitions, timeout: timeout)
        } catch {
            throw failure(error)
        }
    }

    /// A failure of Kafka's, with what to set.
    package func failure(_ error: KafkaError) -> WorkerError { settings.failure(error, group: group) }

    /// The first offsets of records that are not older than a time; partitions without such a record are left out.
    func offsets(at milliseconds: Int64, of partitions: [TopicPartition]) throws(WorkerError) -> [TopicPartition: Int64]
    {
        do throws(KafkaError) {
            return try consumer.offsets(at: milliseconds, of: partitions, timeout: Self.answerTime)
        } catch {
            throw failure(error)
        }
    }

    /// Hands over the records of these ranges, in order within each partition; `body` returns false to end it.
    package func read(
        _ bounds: [TopicPartition: Range<Int64>],
        _ body: ([Record]) throws(WorkerError) -> Bool
    ) throws(WorkerError) {
        var open = bounds.filter { !$0.value.isEmpty }
        var silence = Silence(pollTime: Self.pollTime)
        var problem: KafkaError?
        do throws(KafkaError) { try consumer.assign(open.mapValues { .at($0.lowerBound) }) } catch {
            throw failure(error)
        }
        while !open.isEmpty {
            let start = ContinuousClock.now
            let poll = consumer.poll(upTo: Self.recordsPerPoll, timeout: Self.pollTime)
            // librdkafka looks for its group's coordinator, which is asked for nothing here: who may not, may read all the same.
            let errors = poll.errors.filter { $0.name != "GROUP_AUTHORIZATION_FAILED" }
            if let error = errors.first(where: \.isFinal) { throw failure(error) }
            problem = errors.last ?? problem
            let records = poll.records.filter { open[$0.topicPartition]?.contains($0.offset) == true }
            if !records.isEmpty, try !body(records) { return }
            // A partition's last offsets may have no record, so its end is an event; one that grows without a rest has
            // none, but later records.
            var done = Set(poll.ends.keys)
            for record in poll.records {
                if let end = open[record.topicPartition]?.upperBound, record.offset >= end - 1 {
                    done.insert(record.topicPartition)
                }
            }
            for partition in done { open[partition] = nil }
            if !poll.records.isEmpty || !done.isEmpty {
                silence.end()
            } else if silence.isTooLong(after: .now - start) {
                throw failure(problem ?? Self.silence)
            }
            // What comes after is of no interest; if it cannot be kept from coming, it is passed over.
            if !done.isEmpty { try? consumer.pause(Array(done)) }
        }
    }

    private static let silence: KafkaError = {
        guard let error = KafkaError(named: "_TIMED_OUT", during: "read of topics") else {
            preconditionFailure("librdkafka knows its own time-out")
        }
        return error
    }()
}
