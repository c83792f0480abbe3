// SPDX-License-Identifier: Apache-2.0
import Settings
import Testing
import WorkerTestSupport

@testable import Configuration

@Suite struct DerivedSettingsTests {
    @Test(
        "One of two settings that have to fit may be anything: the other's default follows",
        arguments: [
            ["kafka.consumer.session.timeout.ms": "6000"], ["kafka.session.timeout.ms": "1"],
            ["kafka.session.timeout.ms": "3600000"], ["kafka.max.poll.interval.ms": "1"],
            ["kafka.max.poll.interval.ms": "20000"], ["stall.timeout": "1s"], ["commit.interval": "1h"],
            ["kafka.producer.transaction.timeout.ms": "1000"], ["kafka.socket.timeout.ms": "300000"],
            ["kafka.message.timeout.ms": "600000"], ["kafka.delivery.timeout.ms": "600000"],
            ["kafka.receive.message.max.bytes": "2000000"], ["kafka.fetch.max.bytes": "500000"],
            ["kafka.message.max.bytes": "50000000"], ["kafka.reconnect.backoff.ms": "20000"],
            ["kafka.reconnect.backoff.max.ms": "50"], ["drain.timeout": "44s"], ["drain.timeout": "0"],
        ]
    )
    func alone(flags: [String: String]) throws {
        for guarantee in DeliveryGuarantee.allCases {
            let settings = try testSettings(flags.merging(["delivery.guarantee": guarantee.rawValue]) { $1 })
            #expect(settings.workerProblems().isEmpty, "\(guarantee)")
        }
    }

    @Test("What a default came to is what the worker uses, and is shown with its reason")
    func shown() throws {
        let settings = try testSettings(["kafka.consumer.session.timeout.ms": "6000"])
        #expect(settings[Settings.drainTimeout] == .seconds(3))
        #expect(settings.summary.contains("drain.timeout = 3s  (follows kafka.session.timeout.ms)"))
        #expect(settings.consumerProperties["heartbeat.interval.ms"] == "2000")
        let plain = try testSettings()
        #expect(plain[Settings.drainTimeout] == .seconds(10) && plain.derived.isEmpty)
    }

    @Test("What was set stays as it is")
    func given() throws {
        let settings = try testSettings(["kafka.max.poll.interval.ms": "20000", "kafka.session.timeout.ms": "9000"])
        #expect(settings.consumerProperties["session.timeout.ms"] == "9000")
        let producer = try testSettings(["kafka.delivery.timeout.ms": "5000"]).producerProperties
        #expect(producer["delivery.timeout.ms"] == "5000" && producer["message.timeout.ms"] == nil)
    }
}
