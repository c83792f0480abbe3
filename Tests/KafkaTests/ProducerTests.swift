// SPDX-License-Identifier: Apache-2.0

import Kafka
import KafkaTestSupport
import Testing

@Suite struct ProducerTests {
    @Test("Reports come in the order of sending, with token, partition and offset")
    func reportsInOrder() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("out", partitions: 3)
        let producer = try cluster.producer()
        for token in 0..<300 {
            let value = [UInt8](String(token))
            let partition = Int32(token % 3)
            try producer.send(
                topic: "out",
                partition: partition,
                key: nil,
                value: value,
                headers: [],
                token: UInt64(token)
            )
        }
        var reports: [DeliveryReport] = []
        let isDone = producer.wait {
            reports += $0.reports
            return reports.count == 300
        }
        #expect(isDone)
        #expect(producer.pending == 0)
        for partition in 0..<3 {
            let own = reports.filter { $0.topicPartition == TopicPartition("out", Int32(partition)) }
            #expect(own.map(\.token) == (0..<100).map { UInt64($0 * 3 + partition) })
            #expect(own.map(\.offset) == (0..<100).map { Int64($0) })
            #expect(own.allSatisfy { $0.error == nil })
        }
    }

    @Test("The largest token comes back whole", arguments: [0, 1, UInt64.max, 1 << 63])
    func tokens(token: UInt64) throws {
        let cluster = try LocalCluster()
        let producer = try cluster.producer()
        try producer.send(topic: "out", key: nil, value: nil, headers: [], token: token)
        #expect(producer.flush(timeout: patience).reports.map(\.token) == [token])
    }

    @Test("Without a partition, equal keys go to the same one")
    func partitioner() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("out", partitions: 4)
        let producer = try cluster.producer()
        for token in 0..<80 {
            let key = [UInt8("key \(token % 8)".utf8.last ?? 0)]
            try producer.send(topic: "out", key: key, value: nil, headers: [], token: UInt64(token))
        }
        let reports = producer.flush(timeout: patience).reports
        try #require(reports.count == 80)
        let partitionsOfKey = Dictionary(grouping: reports) { $0.token % 8 }
            .mapValues { Set($0.map(\.topicPartition)) }
        #expect(partitionsOfKey.values.allSatisfy { $0.count == 1 })
        #expect(Set(reports.map(\.topicPartition)).count > 1)
    }

    @Test("A record above message.max.bytes is refused at once, and names its topic")
    func messageTooLarge() throws {
        let cluster = try LocalCluster()
        let producer = try cluster.producer(["message.max.bytes": "2000"])
        let header = [Header(name: "n", value: [1, 2, 3])]
        let error = #expect(throws: KafkaError.self) {
            let value = [UInt8](repeating: 7, count: 3000)
            try producer.send(topic: "out", key: nil, value: value, headers: header, token: 0)
        }
        #expect(error?.kind == .messageTooLarge)
        #expect(error?.isRetriable == false)
        #expect(error?.name == "MSG_SIZE_TOO_LARGE")
        #expect(error?.description.contains("out") == true)
        #expect(producer.pending == 0)
    }

    @Test("A broker that finds the record too large makes the report say so")
    func brokerRefusesSize() throws {
        let cluster = try LocalCluster()
        try cluster.failNext(.produce, with: ["MSG_SIZE_TOO_LARGE"])
        let producer = try cluster.producer()
        try producer.send(topic: "out", partition: 0, key: nil, value: [1], headers: [], token: 5)
        let report = try #require(producer.flush(timeout: patience).reports.first)
        #expect(report.token == 5)
        #expect(report.offset == nil)
        #expect(report.error?.kind == .messageTooLarge)
    }

    @Test("A partition that the topic does not have fails the record")
    func unknownPartition() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("out", partitions: 2)
        let producer = try cluster.producer()
        try producer.send(topic: "out", partition: 7, key: nil, value: [1], headers: [], token: 1)
        let report = try #require(producer.flush(timeout: patience).reports.first)
        #expect(report.token == 1)
        #expect(report.error?.kind == .unknownTopicOrPartition)
    }

    @Test("A topic that the cluster refuses fails the record")
    func unknownTopic() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("out", partitions: 2)
        try cluster.setError("UNKNOWN_TOPIC_OR_PART", ofTopic: "out")
        let producer = try cluster.producer(["topic.metadata.propagation.max.ms": "0", "message.timeout.ms": "250000"])
        try producer.send(topic: "out", key: nil, value: [1], headers: [], token: 1)
        let report = try #require(producer.flush(timeout: patience).reports.first)
        #expect(report.error?.kind == .unknownTopicOrPartition)
    }

    @Test("A full queue says so, is retriable, and takes records again after a poll")
    func queueFull() throws {
        let cluster = try LocalCluster()
        let producer = try cluster.producer(["queue.buffering.max.messages": "10"])
        var refusals = 0
        var reports = 0
        for token in 0..<100 {
            while true {
                do throws(KafkaError) {
                    let headers = [Header(name: "n", value: nil)]
                    try producer.send(topic: "out", key: nil, value: [1], headers: headers, token: UInt64(token))
                    break
                } catch {
                    #expect(error.kind == .queueFull)
                    #expect(error.isRetriable)
                    refusals += 1
                    reports += producer.poll(timeout: .milliseconds(100)).reports.count
                }
            }
        }
        reports += producer.flush(timeout: patience).reports.count
        #expect(refusals > 0)
        #expect(reports == 100)
    }

    @Test("librdkafka repeats a request that the broker failed for a while")
    func transientErrorIsRetried() throws {
        let cluster = try LocalCluster()
        try cluster.failNext(.produce, with: ["NOT_LEADER_FOR_PARTITION", "REQUEST_TIMED_OUT"])
        let producer = try cluster.producer(["retry.backoff.ms": "10"])
        try producer.send(topic: "out", partition: 0, key: nil, value: [1], headers: [], token: 1)
        let reports = producer.flush(timeout: patience).reports
        #expect(reports.map(\.error) == [nil])
    }

    @Test("Brokers that are down come as errors of the producer, and then as failed reports")
    func brokerDown() throws {
        let cluster = try LocalCluster()
        let address = cluster.bootstrapServers
        try cluster.setBroker(nil, isUp: false)
        let producer = try Producer(settings: ["bootstrap.servers": address, "message.timeout.ms": "1500"])
        try producer.send(topic: "out", key: nil, value: [1], headers: [], token: 9)
        var polled = Producer.Poll()
        let isDone = producer.wait {
            polled.reports += $0.reports
            polled.errors += $0.errors
            return !polled.reports.isEmpty && !polled.errors.isEmpty
        }
        #expect(isDone)
        #expect(polled.reports.map(\.error?.kind) == [.brokerUnavailable])
        #expect(polled.errors.allSatisfy { $0.kind == .brokerUnavailable && $0.isRetriable && !$0.isFatal })
    }
}
