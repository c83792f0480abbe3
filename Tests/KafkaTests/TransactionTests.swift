// SPDX-License-Identifier: Apache-2.0

import Kafka
import KafkaTestSupport
import Testing

/// The mock brokers speak the protocol of transactions, but forget their offsets and hide nothing from `read_committed`
/// readers. What is tested is the course of a transaction, and what its errors ask for.
@Suite struct TransactionTests {
    private let zero = TopicPartition("in", 0)

    @Test("Records and offsets go out in one transaction; the reports come with the next poll")
    func commit() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("out", partitions: 1)
        try cluster.fill(zero, count: 3)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        let records = consumer.read(3)
        let producer = try cluster.producer(["transactional.id": "worker-0"])
        try producer.initTransactions(timeout: patience)
        for (token, record) in records.enumerated() {
            if token == 0 { try producer.beginTransaction() }
            try producer.send(topic: "out", key: nil, value: record.value, headers: [], token: UInt64(token))
        }
        try producer.sendOffsets([zero: 3], as: consumer.membership(), timeout: patience)
        try producer.commitTransaction(timeout: patience)
        let reports = producer.poll(timeout: .zero).reports
        #expect(reports.map(\.token) == [0, 1, 2])
        #expect(reports.allSatisfy { $0.error == nil })
        #expect(producer.pending == 0)
        consumer.close()
    }

    @Test("An abort gives up what waits, and the next transaction begins")
    func abort() throws {
        let cluster = try LocalCluster()
        let producer = try cluster.producer(["transactional.id": "worker-0", "linger.ms": "10000"])
        try producer.initTransactions(timeout: patience)
        try producer.beginTransaction()
        try producer.send(topic: "out", partition: 0, key: nil, value: [1], headers: [], token: 1)
        try producer.abortTransaction(timeout: patience)
        #expect(producer.poll(timeout: .zero).reports.map(\.error?.kind) == [.purged])
        try producer.beginTransaction()
        try producer.commitTransaction(timeout: patience)
    }

    @Test("A failed commit of offsets asks for an abort; being fenced is fatal")
    func errors() throws {
        let cluster = try LocalCluster()
        let consumer = try cluster.consumer()
        let producer = try cluster.producer(["transactional.id": "worker-0"])
        let outside = #expect(throws: KafkaError.self) { try producer.beginTransaction() }
        #expect(outside?.name == "_STATE")
        try producer.initTransactions(timeout: patience)
        try producer.beginTransaction()
        try cluster.failNext(.transactionOffsetCommit, with: ["ILLEGAL_GENERATION"])
        let error = #expect(throws: KafkaError.self) {
            try producer.sendOffsets([zero: 1], as: consumer.membership(), timeout: patience)
        }
        #expect(error?.kind == .groupChanged)
        #expect(error?.requiresAbort == true)
        #expect(error?.isFatal == false)
        try producer.abortTransaction(timeout: patience)

        try producer.beginTransaction()
        try cluster.failNext(.addOffsetsToTransaction, with: ["INVALID_PRODUCER_EPOCH"])
        let fenced = #expect(throws: KafkaError.self) {
            try producer.sendOffsets([zero: 1], as: consumer.membership(), timeout: patience)
        }
        #expect(fenced?.kind == .fenced)
        #expect(fenced?.isFatal == true)
        #expect(fenced?.isRetriable == false)
        consumer.close()
    }
}
