// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Kafka
import KafkaTestSupport
import Synchronization
import Testing

@Suite struct ConsumerTests {
    private let zero = TopicPartition("in", 0)
    private let one = TopicPartition("in", 1)

    @Test("A poll takes no more than its limit, and what is left comes with the next")
    func limit() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 25)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        var texts: [String?] = []
        let isDone = consumer.wait(limit: 7) {
            #expect($0.records.count <= 7)
            texts += $0.records.map(\.text)
            return texts.count >= 25
        }
        #expect(isDone)
        #expect(texts == (0..<25).map { String($0) })
        #expect(consumer.close().errors.isEmpty)
    }

    @Test("A poll takes no more once its records have the bytes that it may take")
    func bytes() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 25)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        var sizes: [Int] = []
        let deadline = ContinuousClock.now + patience
        while sizes.reduce(0, +) < 25, ContinuousClock.now < deadline {
            let records = consumer.poll(upTo: 20, bytes: 3, timeout: .milliseconds(100)).records
            if !records.isEmpty { sizes.append(records.count) }
            #expect(records.dropLast().reduce(0) { $0 + $1.byteCount } < 3)
        }
        #expect(sizes.reduce(0, +) == 25 && sizes.allSatisfy { $0 <= 3 })
        consumer.close()
    }

    @Test("An empty poll ends when its time is over")
    func timeout() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 1)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        let time = ContinuousClock().measure {
            #expect(consumer.poll(upTo: 1, timeout: .milliseconds(50)).records.isEmpty)
        }
        #expect(time >= .milliseconds(45))
        #expect(time < patience)
        consumer.close()
    }

    @Test("What a consumer has committed another one of its group sees")
    func commitIsSeen() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 10)
        let first = try cluster.consumer()
        try first.assign([zero: .beginning])
        #expect(first.read(10).count == 10)
        #expect(try first.committed([zero, one], timeout: patience) == [:])
        try first.commit([zero: 6])
        #expect(try first.committed([zero, one], timeout: patience) == [zero: 6])
        #expect(first.close().errors.isEmpty)

        let second = try cluster.consumer()
        #expect(try second.committed([zero, one], timeout: patience) == [zero: 6])
        let noted = [zero: OffsetAndMetadata(offset: 6, metadata: "notes ✓"), one: 3]
        #expect(try second.startCommit(noted).result(timeout: patience)?.get() == noted)
        #expect(try second.committed([zero, one], timeout: patience) == noted)
        second.close()
    }

    @Test("Two consumers of different groups have their own offsets")
    func groupsAreApart() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 2)
        let consumer = try cluster.consumer(group: "a")
        try consumer.assign([zero: .beginning])
        try consumer.commit([zero: 2])
        let other = try cluster.consumer(group: "b")
        #expect(try other.committed([zero], timeout: patience) == [:])
        consumer.close()
        other.close()
    }

    @Test("The result of a commit that was begun comes once")
    func begunCommit() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 3)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .end])
        let commit = try consumer.startCommit([zero: 2])
        #expect(commit.result(timeout: patience) == .success([zero: 2]))
        #expect(commit.result(timeout: .zero) == nil)
        #expect(consumer.close().errors.isEmpty)
    }

    @Test("A refused commit throws, and names the partition and the broker's reason")
    func refusedCommit() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 3)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        try consumer.commit([zero: 1])
        try cluster.failNext(.offsetCommit, with: ["ILLEGAL_GENERATION"])
        let error = #expect(throws: KafkaError.self) { try consumer.commit([zero: 2]) }
        #expect(error?.kind == .groupChanged)
        #expect(error?.name == "ILLEGAL_GENERATION")
        #expect(error?.operation.contains("commit of in[0]") == true)
        #expect(try consumer.committed([zero], timeout: patience) == [zero: 1])

        try cluster.failNext(.offsetCommit, with: ["UNKNOWN_MEMBER_ID"])
        let commit = try consumer.startCommit([zero: 2])
        guard case .failure(let refusal) = commit.result(timeout: patience) else {
            Issue.record("the commit was not refused")
            return
        }
        #expect(refusal.kind == .groupChanged)
        consumer.close()
    }

    @Test("A negative offset is refused, to commit or to read from")
    func negativeOffsets() throws {
        let cluster = try LocalCluster()
        let consumer = try cluster.consumer()
        for offset in [-1, -1001, Int64.min] {
            let error = #expect(throws: KafkaError.self) {
                try consumer.commit([zero: OffsetAndMetadata(offset: offset)])
            }
            #expect(error?.kind == .badConfiguration)
            #expect(error?.description.contains("in[0]") == true)
            let other = #expect(throws: KafkaError.self) { try consumer.assign([zero: .at(offset)]) }
            #expect(other?.kind == .badConfiguration)
        }
        consumer.close()
    }

    @Test("A commit that the brokers do not answer ends when its time is over")
    func commitTimesOut() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 3)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        try consumer.commit([zero: 1])
        try cluster.setRoundTrip(.seconds(10))
        let error = #expect(throws: KafkaError.self) { try consumer.commit([zero: 2], timeout: .milliseconds(100)) }
        #expect(error?.kind == .brokerUnavailable)
        #expect(error?.isRetriable == true)
        try cluster.setRoundTrip(.zero)
        consumer.close()
    }

    @Test("A paused partition gives nothing while others go on, and loses nothing")
    func pauseAndResume() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 2)
        try cluster.fill(zero, count: 5)
        try cluster.fill(one, count: 5)
        let consumer = try cluster.consumer(["enable.partition.eof": "true"])
        try consumer.assign([zero: .beginning, one: .beginning])
        #expect(try Set(consumer.assignment) == [zero, one])
        #expect(consumer.read(10).count == 10)

        try consumer.pause([zero])
        try cluster.fill(zero, count: 3, from: 5)
        try cluster.fill(one, count: 3, from: 5)
        #expect(Set(consumer.read(3).map(\.topicPartition)) == [one])
        #expect(consumer.poll(upTo: 10, timeout: .milliseconds(300)).records.isEmpty)
        #expect(try Set(consumer.assignment) == [zero, one])

        try consumer.resume([zero])
        #expect(consumer.read(3).map(\.text) == ["5", "6", "7"])
        consumer.close()
    }

    @Test("Pausing a partition that is not ours is an error that names it")
    func pauseOfUnknown() throws {
        let cluster = try LocalCluster()
        let consumer = try cluster.consumer()
        let error = #expect(throws: KafkaError.self) { try consumer.pause([TopicPartition("nowhere", 5)]) }
        #expect(error?.kind == .unknownTopicOrPartition)
        #expect(error?.description.contains("nowhere[5]") == true)
        consumer.close()
    }

    @Test("The end of a partition comes with the offset of the next record")
    func ends() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 2)
        try cluster.fill(zero, count: 4)
        let consumer = try cluster.consumer(["enable.partition.eof": "true"])
        try consumer.assign([zero: .beginning, one: .beginning])
        var ends: [TopicPartition: Int64] = [:]
        let isDone = consumer.wait {
            ends.merge($0.ends) { $1 }
            return ends.count == 2
        }
        #expect(isDone)
        #expect(ends == [zero: 4, one: 0])
        consumer.close()
    }

    @Test("Watermarks: queried, and cached from the last fetch")
    func watermarks() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 4)
        let consumer = try cluster.consumer()
        #expect(consumer.cachedWatermarks(of: zero) == nil)
        let queried = try consumer.watermarks(of: zero, timeout: patience)
        #expect(queried == (0, 4))
        try consumer.assign([zero: .beginning])
        #expect(consumer.read(4).count == 4)
        #expect(consumer.cachedWatermarks(of: zero)?.high == 4)
        consumer.close()
    }

    @Test("Partitions of a topic; a topic that is not there is an error of that kind")
    func partitions() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 3)
        let consumer = try cluster.consumer()
        #expect(try consumer.partitions(of: "in", timeout: patience) == [0, 1, 2])
        #expect(try cluster.producer().partitions(of: "in", timeout: patience) == [0, 1, 2])
        try cluster.setError("UNKNOWN_TOPIC_OR_PART", ofTopic: "in")
        let error = #expect(throws: KafkaError.self) { try consumer.partitions(of: "in", timeout: patience) }
        #expect(error?.kind == .unknownTopicOrPartition)
        try cluster.setError("TOPIC_AUTHORIZATION_FAILED", ofTopic: "in")
        let other = #expect(throws: KafkaError.self) { try consumer.partitions(of: "in", timeout: patience) }
        #expect(other?.kind == .authorisation)
        consumer.close()
    }

    @Test("With the brokers down, questions fail within their time and polls tell why")
    func brokersDown() throws {
        let cluster = try LocalCluster()
        try cluster.setBroker(nil, isUp: false)
        let consumer = try cluster.consumer()
        let error = #expect(throws: KafkaError.self) {
            try consumer.watermarks(of: zero, timeout: .milliseconds(300))
        }
        #expect(error?.kind == .brokerUnavailable)
        #expect(throws: KafkaError.self) { try consumer.partitions(of: "in", timeout: .milliseconds(300)) }
        try consumer.assign([zero: .beginning])
        var errors: [KafkaError] = []
        let isDone = consumer.wait {
            errors += $0.errors
            return errors.contains { $0.name == "_ALL_BROKERS_DOWN" }
        }
        #expect(isDone)
        #expect(errors.allSatisfy { $0.kind == .brokerUnavailable && $0.isRetriable })
        consumer.close()
    }

    @Test("With the brokers down, close gives up a commit under way when its time is over, and says so")
    func closeTimesOut() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 1)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        #expect(consumer.read(1).count == 1)
        try consumer.commit([zero: 0])
        try cluster.setBroker(nil, isUp: false)
        #expect(consumer.wait { !$0.errors.isEmpty })
        let commit = try consumer.startCommit([zero: 1])
        let poll = consumer.close(timeout: .milliseconds(300))
        #expect(poll.errors.contains { $0.operation == "close of the consumer" && $0.name == "_TIMED_OUT" })
        #expect(commit.result(timeout: .zero) == nil)
    }

    @Test("Threads may commit while another one polls")
    func threads() throws {
        let cluster = try LocalCluster()
        try cluster.createTopic("in", partitions: 2)
        try cluster.fill(zero, count: 500)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 3) { index in
            guard index > 0 else {
                let count = consumer.read(500).count
                return failures.withLock { if count != 500 { $0.append("\(count) records") } }
            }
            do {
                for offset in 1...100 {
                    try consumer.commit([
                        TopicPartition("in", Int32(index - 1)): OffsetAndMetadata(offset: Int64(offset))
                    ])
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        let poll = consumer.close()
        #expect(poll.errors.isEmpty)
        #expect(try cluster.consumer().committed([zero, one], timeout: patience) == [zero: 100, one: 100])
    }

    @Test("A second close does nothing, and a poll after it says that the consumer is closed")
    func closeTwice() throws {
        let cluster = try LocalCluster()
        try cluster.fill(zero, count: 2)
        let consumer = try cluster.consumer()
        try consumer.assign([zero: .beginning])
        #expect(consumer.read(2).count == 2)
        #expect(consumer.close().errors.isEmpty)
        #expect(consumer.close().errors.isEmpty)
        let poll = consumer.poll(upTo: 1, timeout: patience)
        #expect(poll.records.isEmpty)
        #expect(poll.errors.map(\.name) == ["_STATE"])
        #expect(throws: KafkaError.self) { try consumer.commit([zero: 1], timeout: .seconds(1)) }
    }
}
