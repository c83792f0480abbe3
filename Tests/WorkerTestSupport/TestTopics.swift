// SPDX-License-Identifier: Apache-2.0
package import Bert
import Configuration
import Files
import Foundation
package import Kafka
package import KafkaTestSupport
package import Logging
import Settings
import TestSupport
import Testing
import Threading

@testable package import Worker

/// Fresh topics and a group of their own, on a local cluster or on the one that `CLOUD4BERT_TEST_BOOTSTRAP` names.
package final class TestTopics: Sendable {
    /// What an output record says, as far as tests look at it.
    package struct Envelope: Decodable {
        package let id: String
        package let truncated: Bool
        package let decision: String
    }

    package let cluster: LocalCluster?
    package let bootstrapServers: String
    package let input: String
    package let output: String
    package let deadLetters: String
    package let group: String
    /// What the encoders of all workers over these topics wait at.
    package let gate = EncoderGate()

    /// The address of a real cluster to test on, which has no faults on demand; nil for a local one.
    package static let outside = ProcessInfo.processInfo.environment["CLOUD4BERT_TEST_BOOTSTRAP"]
    package static var isLocal: Bool { outside == nil }
    /// What workers log: `CLOUD4BERT_TEST_LOG` says more of a failure.
    private static let logLevel =
        ProcessInfo.processInfo.environment["CLOUD4BERT_TEST_LOG"].flatMap { Log.Level(rawValue: $0) } ?? .error

    /// Creates topics.
    package init(partitions: Int, deadLetterPartitions: Int = 1, brokers: Int = 1) throws {
        let name = "cloud4bert-test-\(UUID().uuidString.prefix(8))"
        (input, output, deadLetters, group) = ("\(name)-in", "\(name)-out", "\(name)-dead", name)
        cluster = Self.isLocal ? try LocalCluster(brokers: brokers) : nil
        bootstrapServers = Self.outside ?? cluster?.bootstrapServers ?? ""
        for topic in [input, output, deadLetters] {
            try create(topic, partitions: topic == deadLetters ? deadLetterPartitions : partitions)
        }
    }

    package func create(_ topic: String, partitions: Int) throws {
        guard let cluster else {
            // The records are of 2023, and a cluster would soon delete them for their age.
            let settings = ["max.message.bytes": "10000000", "retention.ms": "-1"]
            return try admin().createTopic(topic, partitions: partitions, settings: settings)
        }
        try cluster.createTopic(topic, partitions: partitions)
    }

    package func admin() throws -> Admin { try Admin(settings: ["bootstrap.servers": bootstrapServers]) }

    /// Produces short texts, numbered, one in a hundred of them broken, and says how many are to become what.
    @discardableResult
    package func produceTexts(_ numbers: Range<Int>) throws -> (tagged: Int, dead: Int) {
        try produce(
            numbers.map { number in
                (
                    Array("key-\(number % 50)".utf8),
                    Array((number % 100 == 7 ? "{" : #"{"text":"no. \#(number)"}"#).utf8), []
                )
            }
        )
        let dead = numbers.count { $0 % 100 == 7 }
        return (numbers.count - dead, dead)
    }

    /// Produces records, all acknowledged; without a partition, to that of their keys.
    ///
    /// - Parameters:
    ///   - topic: the input topic unless said.
    ///   - time: of the first of them, in milliseconds since 1970.
    package func produce(
        _ records: [(key: [UInt8]?, value: [UInt8]?, headers: [Header])],
        to topic: String? = nil,
        partition: Int32? = nil,
        at time: Int64 = 1_700_000_000_000
    ) throws {
        let producer = try Producer(settings: [
            "bootstrap.servers": bootstrapServers, "message.max.bytes": "10000000", "linger.ms": "5",
        ])
        for (index, record) in records.enumerated() {
            try producer.send(
                topic: topic ?? input,
                partition: partition,
                key: record.key,
                value: record.value,
                headers: record.headers,
                timestamp: time + Int64(index),
                token: UInt64(index)
            )
        }
        let reports = producer.flush(timeout: Looks.patience).reports
        #expect(reports.count == records.count && reports.allSatisfy { $0.error == nil })
    }

    /// Produces so many texts of now, numbered, all in one partition if it is named.
    package func produceLive(_ count: Int, from number: Int, partition: Int32? = nil) throws {
        let texts = (number..<number + count).map { Array(#"{"text":"no. \#($0)"}"#.utf8) }
        try produce(
            texts.map { (nil, $0, []) },
            partition: partition,
            at: Int64(Date.now.timeIntervalSince1970 * 1_000)
        )
    }

    /// Makes a worker over the topics.
    /// - Parameter reread: settings that are another way when they are read again; nil where they stay.
    package func worker(
        _ flags: [String: String] = [:],
        model: Model? = nil,
        log: Log? = nil,
        reread: (@Sendable () -> [String: String])? = nil
    ) throws -> Worker {
        let own = [
            "bootstrap.servers": bootstrapServers, "input.topics": input, "output.topic": output,
            "dead.letter.topic": deadLetters, "group.id": group, "commit.interval": "100ms", "shutdown.timeout": "250s",
        ]
        // A transaction that takes longer is aborted, however busy the machine is.
        let isTransactional = flags["delivery.guarantee"] == DeliveryGuarantee.exactlyOnce.rawValue
        let time = isTransactional ? ["kafka.producer.transaction.timeout.ms": "250000"] : [:]
        let all = own.merging(time) { $1 }.merging(flags) { $1 }
        let classifier: @Sendable (Model) throws(FileError) -> any BatchClassifier = {
            [gate] (model) throws(FileError) in
            GatedClassifier(classifier: try Classifier(model: model), gate: gate)
        }
        return try Worker(
            settings: testSettings(all),
            model: model ?? testModel(),
            log: log ?? Log(level: Self.logLevel),
            brokerTimeout: Looks.patience,
            reread: { try testSettings(all.merging(reread?() ?? [:]) { $1 }) },
            secretInterval: .milliseconds(20),
            classifier: classifier
        )
    }

    /// Runs a worker over the topics until `done` returns, then stops it and waits for its end.
    package func work(
        _ flags: [String: String] = [:],
        model: Model? = nil,
        until done: @escaping @Sendable () throws -> Void
    ) async throws {
        let worker = try worker(flags, model: model)
        let stop = StopSignal()
        // All on threads of their own: other tests keep the shared pool's busy for longer than the patience lasts.
        try await withTaskExecutorPreference(ThreadExecutor("test-group")) {
            try await withThrowingTaskGroup { group in
                group.addTask(executorPreference: try ThreadExecutor("test-wait")) {
                    defer { stop.request() }
                    try done()
                }
                group.addTask(executorPreference: try ThreadExecutor("test-worker")) {
                    try await worker.run(until: stop)
                }
                try await group.next()
                // A worker that failed ends the wait of the other task, which looks at this.
                try await group.next()
            }
        }
        let account = worker.accounts
        #expect(account.consumed == account.ended + account.inFlight)
    }

    /// Waits until the output topic holds so many records, and the dead letters so many.
    package func waitForOutput(_ count: Int, deadLetters letters: Int = 0) throws {
        let deadline = ContinuousClock.now + Looks.patience
        let consumer = try reader()
        defer { consumer.close() }
        while true {
            let start = ContinuousClock.now
            if try held(output, consumer) >= count, try held(deadLetters, consumer) >= letters { return }
            try #require(start < deadline, "the records did not come in time")
            try Task.checkCancellation()
            Looks.pause(after: start)
        }
    }

    /// The first records of a topic, in order within each partition.
    package func records(of topic: String, _ count: Int) throws -> [Record] {
        let consumer = try reader()
        defer { consumer.close() }
        let partitions = try consumer.partitions(of: topic, timeout: Looks.patience)
        let positions = partitions.map { (TopicPartition(topic: topic, partition: $0), Offset.beginning) }
        try consumer.assign(Dictionary(uniqueKeysWithValues: positions))
        let deadline = ContinuousClock.now + Looks.patience
        var records: [Record] = []
        while records.count < count {
            try #require(ContinuousClock.now < deadline, "\(topic) holds only \(records.count) of \(count) records")
            records += consumer.poll(upTo: 1_000, timeout: .milliseconds(100)).records
        }
        return records
    }

    /// How many records of the input the group has committed, over all partitions.
    package func committed() throws -> Int { try Int(positions().reduce(0) { $0 + $1.offset }) }

    /// What the group has committed of the partitions of the input of which it has committed anything.
    package func positions() throws -> [OffsetAndMetadata] {
        let consumer = try reader()
        defer { consumer.close() }
        let partitions = try consumer.partitions(of: input, timeout: Looks.patience)
            .map { TopicPartition(topic: input, partition: $0) }
        return try Array(consumer.committed(partitions, timeout: Looks.patience).values)
    }

    /// How many partitions a topic has; 0 if it is not there.
    package func partitions(of topic: String) throws -> Int {
        let consumer = try reader()
        defer { consumer.close() }
        do throws(KafkaError) {
            return try consumer.partitions(of: topic, timeout: Looks.patience).count
        } catch {
            guard error.kind == .unknownTopicOrPartition || error.name == "LEADER_NOT_AVAILABLE" else { throw error }
            return 0
        }
    }

    package static func envelope(_ record: Record) throws -> Envelope {
        try JSONDecoder().decode(Envelope.self, from: Data(record.value ?? []))
    }

    private func held(_ topic: String, _ consumer: Consumer) throws -> Int {
        try consumer.partitions(of: topic, timeout: Looks.patience).reduce(0) { sum, partition in
            let place = TopicPartition(topic: topic, partition: partition)
            let (low, high) = try consumer.watermarks(of: place, timeout: Looks.patience)
            return sum + Int(high - low)
        }
    }

    package func reader(_ more: [String: String] = [:]) throws -> Consumer {
        // Of the worker's group, to ask what that has committed, and so it must not commit itself.
        let settings = ["bootstrap.servers": bootstrapServers, "group.id": group, "enable.auto.commit": "false"]
        return try Consumer(settings: settings.merging(more) { $1 })
    }
}
