// SPDX-License-Identifier: Apache-2.0

import Kafka
import KafkaTestSupport
import Testing

@Suite struct LocalClusterTests {
    @Test("Each broker has its own address", arguments: [1, 3])
    func brokers(count: Int) throws {
        let cluster = try LocalCluster(brokers: count)
        #expect(Set(cluster.bootstrapServers.split(separator: ",")).count == count)
    }

    @Test("A cluster without brokers is refused", arguments: [0, -1])
    func noBrokers(count: Int) {
        #expect(throws: KafkaError.self) { try LocalCluster(brokers: count) }
    }

    @Test("A client knows a local cluster by what that says, and takes silence for none")
    func isLocal() throws {
        let cluster = try LocalCluster()
        #expect(try cluster.producer().isOnLocalCluster(timeout: patience))
        let silent = try Producer(settings: ["bootstrap.servers": "127.0.0.1:1"])
        #expect(!silent.isOnLocalCluster(timeout: .milliseconds(50)))
    }

    @Test("A topic cannot be created twice")
    func topicExists() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 1)
        let error = #expect(throws: KafkaError.self) { try cluster.createTopic("in", partitions: 1) }
        #expect(error?.operation == "creation of topic in")
    }

    @Test("A broker that comes back is found again")
    func brokerComesBack() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("out", partitions: 1)
        try cluster.setBroker(1, isUp: false)
        let producer = try cluster.producer(["reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "100"])
        try producer.send(topic: "out", partition: 0, key: nil, value: [1], headers: [], token: 1)
        #expect(producer.wait { !$0.errors.isEmpty })
        try cluster.setBroker(1, isUp: true)
        #expect(producer.flush(timeout: patience).reports.map(\.error) == [nil])
        #expect(throws: KafkaError.self) { try cluster.setBroker(9, isUp: false) }
    }
}
