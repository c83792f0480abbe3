// SPDX-License-Identifier: Apache-2.0
public import Configuration
import Kafka
public import Settings

extension Worker {
    /// Connects to Kafka as a worker would, and makes sure that the topics are there and that it may do what it has to, as
    /// far as that shows without leaving a trace: no group is joined, no running worker's name is taken, and nothing is
    /// written. Whether records may be written shows only when the first is.
    ///
    /// - Returns: what the cluster cannot do of what the settings ask for; nil if it can do it all.
    public static func checkConnection(settings: Settings) throws(WorkerError) -> String? {
        let timeout = Duration.seconds(10)
        let consumer: Consumer
        let producer: Producer
        do throws(KafkaError) {
            consumer = try Consumer(settings: settings.consumerProperties)
            producer = try Producer(settings: settings.producerProperties)
        } catch {
            throw settings.failure(error)
        }
        defer { consumer.close() }
        try TopicCheck(settings: settings, timeout: timeout).run(consumer, producer)
        do throws(KafkaError) {
            try checkReading(settings, consumer, timeout: timeout)
            guard settings[Settings.deliveryGuarantee] == .exactlyOnce else {
                // Who may not write to any topic is refused the number that an idempotent producer asks for as it starts.
                if let error = producer.poll(timeout: moment).errors.first(where: \.isFinal) { throw error }
                return nil
            }
            // The name of a worker would put out the one that has it.
            let id = settings.transactionalID(worker: "check", host: hostName(), http: settings[Settings.httpAddress])
            try Producer(settings: settings.transactionalProperties(id: id)).initTransactions(timeout: timeout)
        } catch {
            throw settings.failure(error)
        }
        return shortcoming(of: producer, for: settings, timeout: timeout).map { "\($0)" }
    }

    /// What the cluster, being a local one, cannot do of what the settings ask for; nil if it can do it all.
    static func shortcoming(of producer: Producer, for settings: Settings, timeout: Duration) -> StaticString? {
        guard settings[Settings.deliveryGuarantee] == .exactlyOnce, producer.isOnLocalCluster(timeout: timeout) else {
            return nil
        }
        return """
            exactly_once does not hold on a local cluster, which forgets the offsets of transactions, so that all is \
            read again after a restart, and which shows what was aborted
            """
    }

    /// How long what librdkafka does in the background may take to be told.
    private static let moment = Duration.milliseconds(500)

    /// Asks for the group's offsets, and reads the end of each input topic.
    private static func checkReading(
        _ settings: Settings,
        _ consumer: Consumer,
        timeout: Duration
    ) throws(KafkaError) {
        var places: [TopicPartition] = []
        for topic in InputTopics(settings: settings).names {
            let partitions = try consumer.partitions(of: topic, timeout: timeout)
            places += partitions.prefix(1).map { TopicPartition(topic: topic, partition: $0) }
        }
        _ = try consumer.committedBeforeReading(places, timeout: timeout)
        try consumer.assign(Dictionary(uniqueKeysWithValues: places.map { ($0, .end) }))
        var open = Set(places)
        let deadline = ContinuousClock.now + timeout
        while !open.isEmpty, .now < deadline {
            let poll = consumer.poll(upTo: 100, timeout: .milliseconds(100))
            if let error = poll.errors.first(where: \.isFinal) { throw error }
            open.subtract(poll.ends.keys)
            // A topic that is written to all the time has records instead.
            open.subtract(poll.records.map(\.topicPartition))
        }
    }
}
