// SPDX-License-Identifier: Apache-2.0

import Kafka
import Synchronization
import Testing

@Suite struct SettingsTests {
    @Test(
        "A setting that librdkafka refuses is named, with the reason",
        arguments: [
            ("no.such.setting", "1"), ("linger.ms", "soon"), ("linger.ms", "-1"), ("acks", "99999"),
            ("security.protocol", "carrier pigeon"), ("rebalance_cb", "x"), ("client.id", "a\0b"), ("", "x"),
        ]
    )
    func badSetting(name: String, value: String) {
        let error = #expect(throws: KafkaError.self) { try Producer(settings: [name: value]) }
        #expect(error?.kind == .badConfiguration)
        #expect(error?.operation == "setting \(name)")
        #expect(error?.reason.isEmpty == false)
    }

    @Test("Settings that are good alone and bad together fail the start")
    func badCombination() {
        let settings = ["group.id": "g", "session.timeout.ms": "9000", "max.poll.interval.ms": "5000"]
        let error = #expect(throws: KafkaError.self) { try Consumer(settings: settings) }
        #expect(error?.kind == .badConfiguration)
        #expect(error?.operation == "start of the consumer")
        #expect(error?.reason.contains("max.poll.interval.ms") == true)
    }

    @Test("A consumer without a group is refused", arguments: [[:], ["group.id": ""]])
    func noGroup(settings: [String: String]) {
        let error = #expect(throws: KafkaError.self) { try Consumer(settings: settings) }
        #expect(error?.kind == .badConfiguration)
        #expect(error?.reason.contains("group.id") == true)
    }

    @Test("All bad settings are found without a client")
    func problems() {
        let settings = ["z.unknown": "1", "linger.ms": "soon", "bootstrap.servers": "a:1", "acks": "all"]
        let problems = Librdkafka.problems(in: settings)
        #expect(problems.map(\.operation) == ["setting linger.ms", "setting z.unknown"])
        #expect(Librdkafka.problems(in: [:]) == [])
    }

    @Test("librdkafka's table tells each property's names and clients")
    func properties() throws {
        let acks = try #require(Librdkafka.properties["acks"])
        #expect(acks.canonicalName == "request.required.acks" && acks.isForProducers && !acks.isForConsumers)
        let fetch = try #require(Librdkafka.properties["fetch.wait.max.ms"])
        #expect(fetch.canonicalName == "fetch.wait.max.ms" && !fetch.isForProducers && fetch.isForConsumers)
        #expect(Librdkafka.properties["client.id"]?.isForConsumers == true)
    }

    @Test(
        "Settings that are bad together are found without a broker, and fail a client that is made of them",
        arguments: [
            ["security.protocol": "ssl", "ssl.ca.location": "/nowhere"],
            ["security.protocol": "sasl_ssl", "sasl.mechanisms": "FOO"],
            ["security.protocol": "sasl_plaintext", "sasl.mechanisms": "PLAIN"],
            ["reconnect.backoff.ms": "20000"],
        ]
    )
    func combinations(settings: [String: String]) {
        let settings = settings.merging(["group.id": "g", "bootstrap.servers": "127.0.0.1:1"]) { $1 }
        #expect(Consumer.problem(with: settings)?.kind == .badConfiguration)
        #expect(Producer.problem(with: settings)?.kind == .badConfiguration)
        #expect(throws: KafkaError.self) { try Consumer(settings: settings) }
        #expect(throws: KafkaError.self) { try Producer(settings: settings) }
        #expect(Consumer.problem(with: ["group.id": "g"]) == nil && Producer.problem(with: [:]) == nil)
    }

    @Test("The value of a secret is in no error")
    func secrets() throws {
        let secret = "hunter2-hunter2"
        for name in [
            "ssl.key.pem", "ssl.certificate.pem", "ssl.keystore.password", "sasl.password", "no.such.password",
        ] {
            var texts = Librdkafka.problems(in: [name: secret]).map(\.description)
            do {
                let settings = [name: secret, "security.protocol": "sasl_ssl", "sasl.mechanisms": "PLAIN"]
                _ = try Producer(settings: settings)
            } catch {
                texts.append(error.description)
            }
            #expect(texts.allSatisfy { !$0.contains(secret) }, "\(texts)")
        }
    }

    @Test("Nor is any part of a secret, which librdkafka may quote from its middle or cut off, in errors and log lines")
    func partsOfSecrets() throws {
        let lines = Lines()
        let settings = [
            "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER",
            "enable.sasl.oauthbearer.unsecure.jwt": "true", "bootstrap.servers": "127.0.0.1:1", "debug": "all",
            "sasl.oauthbearer.config": "principal=admin " + String(repeating: "hunter2-hunter2 ", count: 50),
        ]
        let producer = try Producer(settings: settings) { _, _, message in lines.all.withLock { $0.append(message) } }
        var errors: [String] = []
        #expect(
            producer.wait { poll in
                errors += poll.errors.map(\.description)
                return errors.contains { $0.contains("sasl.oauthbearer.config") }
            }
        )
        let texts = errors + lines.all.withLock { $0 }
        #expect(texts.allSatisfy { !$0.contains("hunter2") }, "\(texts)")
        #expect(errors.contains { $0.contains("***") })
    }

    @Test("Log lines go to the handler, with log.queue too", arguments: ["false", "true"])
    func log(queue: String) throws {
        let lines = Lines()
        let producer = try Producer(settings: ["debug": "generic", "log.queue": queue]) { level, facility, message in
            lines.all.withLock { $0.append("\(level) \(facility) \(message)") }
        }
        #expect(producer.wait { _ in lines.all.withLock { !$0.isEmpty } })
    }

    private final class Lines: Sendable { let all = Mutex<[String]>([]) }

    @Test("The library tells its version")
    func version() { #expect(Librdkafka.version.hasPrefix("2.")) }
}
