// SPDX-License-Identifier: Apache-2.0

import Kafka

/// How long what has to come may take: far longer than on the slowest machine, for it only ends what has failed.
let patience = Duration.seconds(300)

/// Settings and waits that the tests share. Each test has its own cluster, so that none sees another's records.
extension LocalCluster {
    func consumer(
        group: String = "group",
        _ more: [String: String] = [:],
        onRebalance: @escaping @Sendable (Consumer.Rebalance) -> Void = { _ in }
    ) throws -> Consumer {
        let settings = [
            "bootstrap.servers": bootstrapServers, "group.id": group, "enable.auto.commit": "false",
            "auto.offset.reset": "earliest",
            // The broker's wait for more records, half a second by default, would be most of a test's time.
            "fetch.wait.max.ms": "20",
        ]
        return try Consumer(settings: settings.merging(more) { $1 }, onRebalance: onRebalance)
    }

    func producer(_ more: [String: String] = [:]) throws -> Producer {
        let settings = ["bootstrap.servers": bootstrapServers, "linger.ms": "0"]
        return try Producer(settings: settings.merging(more) { $1 })
    }

    /// Writes `count` records with values "0", "1", … and waits until they are stored.
    func fill(_ partition: TopicPartition, count: Int, from first: Int = 0) throws {
        let producer = try producer()
        for number in first..<first + count {
            try producer.send(
                topic: partition.topic,
                partition: partition.partition,
                key: nil,
                value: Array(String(number).utf8),
                headers: [],
                timestamp: 1_700_000_000_000 + Int64(number),
                token: UInt64(number)
            )
        }
        let reports = producer.flush(timeout: patience).reports
        guard reports.count == count, reports.allSatisfy({ $0.error == nil }) else { throw Unfilled() }
    }

    struct Unfilled: Error {}
}

extension Consumer {
    /// Polls until `count` records came, or no more patience is left.
    func read(_ count: Int) -> [Record] {
        var records: [Record] = []
        _ = wait { poll in
            records += poll.records
            return records.count >= count
        }
        return records
    }

    /// Polls until `isEnough` says so; false if that takes longer than the patience lasts.
    func wait(limit: Int = 100, for isEnough: (Poll) -> Bool) -> Bool {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            if isEnough(poll(upTo: limit, timeout: .milliseconds(100))) { return true }
        }
        return false
    }
}

extension Producer {
    /// Polls until `isEnough` says so; false if that takes longer than the patience lasts.
    func wait(for isEnough: (Poll) -> Bool) -> Bool {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            if isEnough(poll(timeout: .milliseconds(100))) { return true }
        }
        return false
    }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

extension Record {
    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}

extension TopicPartition {
    init(_ topic: String, _ partition: Int32) { self.init(topic: topic, partition: partition) }
}
