// SPDX-License-Identifier: Apache-2.0

import Kafka
import KafkaTestSupport
import Synchronization
import Testing

/// The mock's first rebalance takes about 3 seconds, and a second member can't join after a clean leave: so there are
/// few tests here, each with its own cluster.
@Suite struct GroupTests {
    /// What the rebalance hook saw. It also lends the consumer to the hook, which exists before the consumer does.
    private final class Group: Sendable {
        let changes = Mutex<[Consumer.Rebalance]>([])
        let consumer = Mutex<Consumer?>(nil)
        let failures = Mutex<[String]>([])

        func act(_ body: (Consumer) throws -> Void) {
            guard let consumer = consumer.withLock({ $0 }) else { return }
            do { try body(consumer) } catch { failures.withLock { $0.append("\(error)") } }
        }
    }

    @Test(
        "A member is assigned its partitions, and commits before it gives them back",
        arguments: ["range", "cooperative-sticky"]
    )
    func lifeOfAMember(strategy: String) throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 2)
        let (zero, one) = (TopicPartition("in", 0), TopicPartition("in", 1))
        try cluster.fill(zero, count: 5)
        try cluster.fill(one, count: 5)
        let group = Group()
        let consumer = try cluster.consumer(["partition.assignment.strategy": strategy]) { change in
            group.changes.withLock { $0.append(change) }
            group.act {
                if case .revoked = change { try $0.commit([zero: 5]) }
            }
        }
        group.consumer.withLock { $0 = consumer }
        try consumer.subscribe(["in"])
        let records = consumer.read(10)
        for partition in [zero, one] {
            #expect(records.filter { $0.topicPartition == partition }.map(\.text) == ["0", "1", "2", "3", "4"])
        }
        #expect(try Set(consumer.assignment) == [zero, one])
        #expect(consumer.close().errors.isEmpty)

        let changes = group.changes.withLock { $0 }
        #expect(changes.count == 2)
        if case .assigned(let partitions) = changes.first {
            #expect(Set(partitions) == [zero, one])
        } else {
            Issue.record("no partitions were assigned first: \(changes)")
        }
        if case .revoked(let partitions) = changes.last {
            #expect(Set(partitions) == [zero, one])
        } else {
            Issue.record("the partitions were not revoked: \(changes)")
        }
        #expect(group.failures.withLock { $0 } == [])

        let other = try cluster.consumer()
        #expect(try other.committed([zero, one], timeout: patience) == [zero: 5])
        other.close()
    }

    @Test("A consumer that was told its assignor and never its partitions ends without a word")
    func endsWhileJoining() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 1)
        try cluster.failNext(.syncGroup, with: Array(repeating: "REBALANCE_IN_PROGRESS", count: 100))
        let consumer = try cluster.consumer(["partition.assignment.strategy": "cooperative-sticky"])
        try consumer.subscribe(["in"])
        #expect(consumer.wait { _ in consumer.rebalanceProtocol == "COOPERATIVE" })
        consumer.close()
    }

    @Test("A member that the group no longer knows has its partitions lost, which is told apart from revoked")
    func lost() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 1)
        let zero = TopicPartition("in", 0)
        let group = Group()
        let consumer = try cluster.consumer(["heartbeat.interval.ms": "200"]) { change in
            group.changes.withLock { $0.append(change) }
        }
        try consumer.subscribe(["^i.$"])
        #expect(consumer.wait { _ in group.changes.withLock { !$0.isEmpty } })
        try cluster.failNext(.heartbeat, with: ["UNKNOWN_MEMBER_ID"])
        #expect(consumer.wait { _ in group.changes.withLock { $0.count >= 2 } })
        #expect(group.changes.withLock { $0 } == [.assigned([zero]), .lost([zero])])
        consumer.close()
    }

    @Test("A consumer that the hook holds is let go by close")
    func noCycle() throws {
        let cluster = try LocalCluster()
        weak var observed: Consumer?
        do {
            let group = Group()
            let consumer = try cluster.consumer { _ in group.act { _ in } }
            group.consumer.withLock { $0 = consumer }
            observed = consumer
            consumer.close()
        }
        #expect(observed == nil)
    }

    @Test("A topic that does not exist is an error that names it")
    func unknownTopic() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 1)
        try cluster.setError("UNKNOWN_TOPIC_OR_PART", ofTopic: "in")
        let consumer = try cluster.consumer(["topic.metadata.propagation.max.ms": "0"])
        try consumer.subscribe(["in"])
        var errors: [KafkaError] = []
        let isDone = consumer.wait {
            errors += $0.errors
            return !errors.isEmpty
        }
        #expect(isDone)
        #expect(errors.map(\.kind) == [.unknownTopicOrPartition])
        #expect(errors.first?.description.contains("in") == true)
        consumer.close()
    }

    @Test("No topics, or a broken pattern, are refused at once", arguments: [[], ["^("], [""]])
    func badSubscription(topics: [String]) throws {
        let cluster = try LocalCluster()
        let consumer = try cluster.consumer()
        let error = #expect(throws: KafkaError.self) { try consumer.subscribe(topics) }
        #expect(error?.kind == .badConfiguration)
        consumer.close()
    }
}
