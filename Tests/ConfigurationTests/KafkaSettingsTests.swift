// SPDX-License-Identifier: Apache-2.0
import Logging
import Settings
import Testing

@testable import Configuration

@Suite struct KafkaSettingsTests {
    private func problems(_ flags: [String: String]) -> [String] {
        let standard = [("bootstrap.servers", "127.0.0.1:1"), ("input.topics", "in"), ("output.topic", "out")]
        do throws(SettingsError) {
            _ = try Settings(
                file: nil,
                environment: [:],
                flags: standard + flags.map { ($0.key, $0.value) },
                isForWorker: true
            )
            return []
        } catch {
            return error.problems
        }
    }

    @Test(
        "What librdkafka refuses of one property is a problem of its key, with what was meant",
        arguments: [
            ("kafka.fetch.wait.max.mss", "7", "did you mean kafka.fetch.wait.max.ms?"),
            ("kafka.consumer.fetch.wait.max.mss", "7", "did you mean kafka.consumer.fetch.wait.max.ms?"),
            ("kafka.linger.ms", "soon", "nvalid value"), ("kafka.sasl.mechanisms.x", "PLAIN", "sasl.mechanisms"),
            ("kafka.consumer.acks", "1", "kafka.producer.acks"),
            ("kafka.producer.session.timeout.ms", "6000", "kafka.consumer.session.timeout.ms"),
        ]
    )
    func property(key: String, value: String, word: String) {
        let found = problems([key: value])
        #expect(found.count == 1 && found[0].hasPrefix(key) && found[0].contains(word), "\(found)")
    }

    @Test(
        "What librdkafka refuses of properties together is a problem",
        arguments: [
            (["kafka.security.protocol": "sasl_ssl", "kafka.sasl.mechanism": "FOO"], "FOO"),
            (["kafka.security.protocol": "ssl", "kafka.ssl.ca.location": "/nowhere"], "/nowhere"),
            (["kafka.security.protocol": "sasl_plaintext", "kafka.sasl.mechanism": "PLAIN"], "sasl.username"),
            (
                ["kafka.session.timeout.ms": "9000", "kafka.max.poll.interval.ms": "8000", "drain.timeout": "1s"],
                "max.poll"
            ),
            (["kafka.acks": "1"], "acks"),
            (
                [
                    "delivery.guarantee": "exactly_once", "kafka.transaction.timeout.ms": "5000",
                    "kafka.message.timeout.ms": "6000",
                ], "message.timeout.ms"
            ),
        ]
    )
    func combination(flags: [String: String], word: String) {
        let found = problems(flags)
        #expect(found.count == 1 && found[0].contains(word), "\(found)")
    }

    @Test("All problems come in one list, whatever their kind")
    func all() {
        let found = problems([
            "kafka.fetch.wait.max.mss": "7", "batch.max.token": "1", "log.level": "loud", "drain.timeout": "60s",
            "kafka.acks": "1", "dead.letter.topic": "a b", "input.topics": "^a(",
        ])
        let words = ["wait.max.mss", "batch.max.token", "log.level", "drain.timeout", "acks", "'a b'", "'^a('"]
        #expect(found.count == words.count, "\(found)")
        for word in words { #expect(found.contains { $0.contains(word) }, "\(word)") }
    }

    @Test("Whole topics are fetched further ahead than a worker's, unless it is set")
    func ahead() throws {
        let key = "queued.max.messages.kbytes"
        for (flags, worker, scan) in [
            ([], "16384", "131072"), ([("kafka.consumer.\(key)", "100")], "100", "100"),
        ] as [([(String, String)], String, String)] {
            let settings = try Settings(file: nil, environment: [:], flags: flags)
            #expect(settings.consumerProperties[key] == worker && settings.scanProperties[key] == scan)
        }
    }
}
