// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Foundation
import Kafka
import KafkaTestSupport
import Logging
import Settings
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// What keeps a worker from its start.
@Suite(.ownThread) struct StartTests {
    /// - Parameter time: brokers that have not answered by then are called unavailable.
    private func failure(
        _ flags: [String: String],
        model: Model? = nil,
        within time: Duration = .seconds(5)
    ) throws -> WorkerError? {
        let model = try model ?? testModel()
        let settings = try testSettings(flags)
        return #expect(throws: WorkerError.self) {
            _ = try Worker(settings: settings, model: model, log: Log(level: .error), brokerTimeout: time)
        }
    }

    @Test("A model without a classifier is refused, with the tensors that are missing")
    func noClassifier() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        for (name, tensor) in [
            ("bert-masked-lm", "bert.pooler.dense.weight"), ("distilbert-masked-lm", "pre_classifier.bias"),
        ] {
            let path = tests.appending(path: "BertTests/Golden/\(name)").path
            let error = try failure([:], model: Model(directory: path, kernels: .ofTests()))
            #expect(error?.exitCode == 65)
            #expect(
                error?.description.contains(tensor) == true && error?.description.contains("classifier.bias") == true
            )
        }
    }

    @Test(
        "An encoder that cannot be made, the first or the last one, keeps the worker from its start",
        arguments: [1, 3]
    )
    func encoder(number: Int) throws {
        let made = Monitor(0)
        let error = #expect(throws: WorkerError.self) {
            _ = try Worker(
                settings: testSettings(["encoder.threads": "3"]),
                model: testModel(),
                log: Log(level: .error)
            ) { (model) throws(FileError) in
                if made.withLock({
                    $0 += 1; return $0 == number
                }) {
                    throw FileError(.unsupported, path: "there", "fits into no memory")
                }
                return try Classifier(model: model)
            }
        }
        #expect(error?.exitCode == 65 && error?.description.contains("fits into no memory") == true)
        #expect(made.withLock { $0 } == number)
    }

    @Test("A transactional id that is not granted is found at the start, and named with the principal")
    func transactionalID() throws {
        let cluster = try LocalCluster()
        for topic in ["in", "out", "dead"] { try cluster.createTopic(topic, partitions: 1) }
        let denied = Array(repeating: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", count: 20)
        try cluster.failNext(.initProducerId, with: denied)
        let flags = [
            "bootstrap.servers": cluster.bootstrapServers, "delivery.guarantee": "exactly_once", "group.id": "g",
            "kafka.consumer.group.instance.id": "pod-1",
        ]
        let error = try failure(flags, within: Looks.patience)
        #expect(error?.exitCode == 77, "\(String(describing: error))")
        #expect(error?.description.contains("g-pod-1-0") == true && error?.description.contains("Write") == true)
        let check = #expect(throws: WorkerError.self) { try Worker.checkConnection(settings: testSettings(flags)) }
        #expect(check?.exitCode == 77 && check?.description.contains("g-pod-1-check") == true)
    }

    @Test("A group that is not granted is found by the check of the connection, which finds nothing else")
    func rights() throws {
        let cluster = try LocalCluster()
        for topic in ["in", "out", "dead"] { try cluster.createTopic(topic, partitions: 1) }
        let settings = try testSettings(["bootstrap.servers": cluster.bootstrapServers])
        _ = try Worker.checkConnection(settings: settings)
        try cluster.failNext(.offsetFetch, with: ["GROUP_AUTHORIZATION_FAILED"])
        let error = #expect(throws: WorkerError.self) { try Worker.checkConnection(settings: settings) }
        #expect(error?.exitCode == 77 && error?.description.contains("Read the group cloud4bert") == true)
    }

    @Test(
        "Why no broker answers is said, with what to set",
        arguments: [
            (["bootstrap.servers": "127.0.0.1:1"], "refused", "bootstrap.servers", Int32(69)),
            (["bootstrap.servers": "no.such.host.invalid:1"], "resolve", "host names", 69),
        ]
    )
    func unreachable(flags: [String: String], reason: String, remedy: String, code: Int32) throws {
        let error = try failure(flags)
        #expect(error?.exitCode == code)
        let text = try #require(error?.description)
        #expect(text.contains(reason) && text.contains(remedy) && text.contains("topic in"), "\(text)")
    }

    @Test("A listener that wants no password says so to a client that has one")
    func wrongProtocol() throws {
        let cluster = try LocalCluster()
        let settings = try Settings(
            file: nil,
            environment: ["CLOUD4BERT_KAFKA_SASL_PASSWORD": "hunter2"],
            flags: [
                ("bootstrap.servers", cluster.bootstrapServers), ("kafka.security.protocol", "sasl_plaintext"),
                ("kafka.sasl.mechanism", "PLAIN"), ("kafka.sasl.username", "alice"), ("input.topics", "in"),
                ("output.topic", "out"),
            ]
        )
        let error = #expect(throws: WorkerError.self) { try Worker.checkConnection(settings: settings) }
        #expect(error?.exitCode == 77 && error?.description.contains("kafka.sasl.mechanism") == true)
        let tls = try failure(["bootstrap.servers": cluster.bootstrapServers, "kafka.security.protocol": "ssl"])
        #expect(tls?.description.contains("TLS") == true, "\(String(describing: tls))")
    }

    @Test(
        "librdkafka's reasons bring what to set",
        arguments: [
            ("_SSL", "certificate verify failed (the broker's certificate has expired)", "renew"),
            ("_SSL", "certificate verify failed (the broker's certificate is for another host name)", "names in"),
            ("_SSL", "certificate verify failed (signed by an authority that is not trusted here)", "ssl.ca.location"),
            ("_SSL", "sslv3 alert bad certificate", "ssl.certificate.location"),
            (
                "_AUTHENTICATION", "Unsupported SASL mechanism: broker's supported mechanisms: PLAIN",
                "sasl.mechanism to"
            ),
            ("_AUTHENTICATION", "invalid credentials with SASL mechanism SCRAM-SHA-512", "sasl.password.file"),
            ("_TRANSPORT", "Disconnected: broker might require SASL authentication", "security.protocol"),
            ("_TRANSPORT", "Disconnected (after 0ms in state SSL_HANDSHAKE)", "TLS"),
        ]
    )
    func reasons(name: String, reason: String, remedy: String) throws {
        let error = try #require(KafkaError(named: name, during: "metadata of topic in", reason: reason))
        #expect(error.remedy(for: "this client", group: "g")?.contains(remedy) == true)
    }

    @Test(
        "A missing right is an error that names who lacks it, and where",
        arguments: [
            ("TOPIC_AUTHORIZATION_FAILED", "read of in[0]", "Read"),
            ("TOPIC_AUTHORIZATION_FAILED", "delivery to out[0]", "Write"),
            ("TOPIC_AUTHORIZATION_FAILED", "metadata of topic in", "Read"),
            ("GROUP_AUTHORIZATION_FAILED", "poll", "Read the group moderators"),
            ("CLUSTER_AUTHORIZATION_FAILED", "client", "IdempotentWrite"),
        ]
    )
    func remedy(name: String, operation: String, right: String) throws {
        let settings = try testSettings(["kafka.sasl.username": "alice", "group.id": "moderators"])
        let error = try settings.failure(#require(KafkaError(named: name, during: operation)))
        #expect(error.exitCode == 77 && error.description.contains("User:alice") && error.description.contains(right))
    }
}
