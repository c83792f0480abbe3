// SPDX-License-Identifier: Apache-2.0
import HTTP
import Settings
import Testing
import WorkerTestSupport

@testable import Configuration

@Suite struct DeliverySettingsTests {
    @Test(
        "Settings under which a transaction, a drain or a watch cannot work are refused by name",
        arguments: [
            ("commit.interval", ["commit.interval": "16s", "kafka.producer.transaction.timeout.ms": "30000"]),
            ("commit.interval", ["kafka.producer.transaction.timeout.ms": "1500", "commit.interval": "1s"]),
            ("kafka.consumer.isolation.level", ["kafka.consumer.isolation.level": "read_uncommitted"]),
            ("drain.timeout", ["kafka.session.timeout.ms": "10000", "drain.timeout": "10s"]),
            ("drain.timeout", ["kafka.max.poll.interval.ms": "20000", "drain.timeout": "10s"]),
            ("stall.timeout", ["stall.timeout": "1s", "commit.interval": "1s"]),
            ("stale.after", ["catch.up": "newest_first", "stale.after": "30s"]),
            ("kafka.consumer.group.instance.id", ["kafka.consumer.group.instance.id": "a", "consumer.workers": "2"]),
        ]
    )
    func refused(key: String, flags: [String: String]) throws {
        let settings = try testSettings(flags.merging(["delivery.guarantee": "exactly_once"]) { $1 })
        let problems = settings.workerProblems()
        #expect(problems.count == 1 && problems[0].hasPrefix(key), "\(problems)")
    }

    @Test("What is refused for transactions is fine without them")
    func atLeastOnce() throws {
        let flags = ["commit.interval": "1m", "kafka.consumer.isolation.level": "read_uncommitted"]
        #expect(try testSettings(flags).workerProblems().isEmpty)
    }

    @Test("Names of transactions differ by consumer worker, host and port, or follow the static member's")
    func names() throws {
        let address = HostPort(host: "127.0.0.1", port: 9464)
        let plain = try testSettings(["group.id": "g"])
        #expect(plain.transactionalID(worker: 0, host: "h", http: address) == "g-h-127.0.0.1:9464-0")
        let named = try testSettings([
            "group.id": "g", "transactional.id.prefix": "p", "kafka.consumer.group.instance.id": "pod-3",
        ])
        #expect(named.transactionalID(worker: 1, host: "h", http: address) == "p-pod-3-1")
    }

    @Test("A transaction's time is what librdkafka is told, and over before the session's")
    func timeout() throws {
        #expect(try testSettings().transactionTimeout == .seconds(30))
        let set = try testSettings(["kafka.producer.transaction.timeout.ms": "5000"])
        #expect(set.transactionTimeout == .seconds(5))
        #expect(set.transactionalProperties(id: "x")["transactional.id"] == "x")
    }
}
