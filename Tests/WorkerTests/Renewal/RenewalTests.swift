// SPDX-License-Identifier: Apache-2.0
import Configuration
import Delivered
import Foundation
import HTTP
import Kafka
import KafkaTestSupport
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// A running worker whose secrets change.
@Suite(.ownThread) struct RenewalTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "secrets-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    private func write(_ secret: String, _ name: String) throws {
        try Data(secret.utf8).write(to: directory.appending(path: name), options: .atomic)
    }

    /// The local cluster has a member that joins after another one has left wait for nearly as long as this.
    private static let session = ["kafka.consumer.session.timeout.ms": "6000"]

    private func flags(_ guarantee: DeliveryGuarantee) -> [String: String] {
        // No broker asks for it here, and it is read all the same.
        Self.session.merging([
            "kafka.sasl.password.file": path("password"), "delivery.guarantee": guarantee.rawValue,
            "kafka.sasl.username": "c4b", "kafka.security.protocol": "plaintext",
        ]) { $1 }
    }

    private func renew(_ guarantee: DeliveryGuarantee) async throws {
        try write("one", "password")
        let topics = try TestTopics(partitions: 3)
        let run = try RunningWorker(try topics.worker(flags(guarantee)) { [:] })
        try topics.produceTexts(0..<300)
        try run.wait("a result") { run.worker.accounts.ended > 0 }
        for number in 1...2 {
            topics.gate.hold()
            try topics.produceTexts(300 * number..<300 * (number + 1))
            try run.wait("records in flight") { run.worker.accounts.inFlight > 0 && topics.gate.hasHeld }
            try write("secret \(number)", "password")
            try run.wait("the change") { run.metric("cloud4bert_secret_renewals_total", "succeeded") == number }
            topics.gate.open()
            try run.wait("other clients") { run.worker.clientNumber == number && run.worker.isReady }
        }
        try run.waitForEnd(of: 900)
        try await run.stop()
        let judge = try Judge(topics)
        #expect(judge.inputs.count == 900 && judge.missing == 0 && judge.repeated == 0 && judge.outOfOrder == 0)
        #expect(run.metric("cloud4bert_records_consumed_total") == 900)
    }

    @Test(
        "Clients with the new secret go on where those before have committed: nothing is lost, repeated or out of order"
    )
    func atLeastOnce() async throws { try await renew(.atLeastOnce) }

    @Test(
        "So they do in transactions",
        .disabled(if: TestTopics.isLocal, "the local cluster forgets the offsets of transactions")
    )
    func exactlyOnce() async throws { try await renew(.exactlyOnce) }

    @Test("A secret that cannot be read leaves the clients that are there, and is used when it is back")
    func missing() async throws {
        try write("one", "password")
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(try topics.worker(flags(.atLeastOnce)) { [:] })
        try run.wait("its share") { run.worker.isReady }
        try FileManager.default.removeItem(atPath: path("password"))
        try run.wait("the failure") { run.metric("cloud4bert_secret_renewals_total", "failed") == 1 }
        try topics.produceLive(5, from: 0)
        try run.waitForEnd(of: 5)
        #expect(run.worker.clientNumber == 0)
        try write("two", "password")
        try run.wait("other clients") { run.worker.clientNumber == 1 && run.worker.isReady }
        try topics.produceLive(5, from: 5)
        try run.waitForEnd(of: 10)
        try await run.stop()
        #expect(try topics.audit().isSound(atLeastOnce: false))
    }

    /// A worker whose secret has changed, so that others wait to take the place of its clients; its file says something
    /// else again if that `isLost`, and they are refused as soon as they begin.
    private func refuseOthers(
        _ topics: TestTopics,
        _ guarantee: DeliveryGuarantee,
        isLost: Bool
    ) throws -> RunningWorker {
        try write("one", "password")
        let run = try RunningWorker(try topics.worker(flags(guarantee)) { [:] })
        try run.wait("its share") { run.worker.isReady }
        topics.gate.hold()
        try topics.produceTexts(0..<300)
        try run.wait("records in flight") { run.worker.accounts.inFlight > 0 && topics.gate.hasHeld }
        try write("two", "password")
        try run.wait("the change") { run.metric("cloud4bert_secret_renewals_total", "succeeded") == 1 }
        if isLost {
            try FileManager.default.removeItem(atPath: path("password"))
            try run.wait("the failure") { run.metric("cloud4bert_secret_renewals_total", "failed") == 1 }
        }
        try #require(topics.cluster).failNext(.offsetFetch, with: ["SASL_AUTHENTICATION_FAILED"])
        topics.gate.open()
        try run.wait("the refusal") { run.metric("cloud4bert_kafka_errors_total", "authentication") > 0 || run.isOver }
        return run
    }

    @Test(
        "Clients that are refused as they begin, for the secret has changed once more, have others take their place",
        .enabled(if: TestTopics.isLocal, "the broker refuses them on demand"),
        arguments: DeliveryGuarantee.allCases
    )
    func refused(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try refuseOthers(topics, guarantee, isLost: true)
        try run.wait("unreadiness") { !run.worker.isReady }
        try write("three", "password")
        try run.wait("other clients") { run.worker.clientNumber == 2 && run.worker.isReady }
        try run.waitForEnd(of: 300)
        try await run.stop()
        #expect(try Judge(topics).missing == 0)
    }

    @Test(
        "Clients that are refused while their secret is the one in its file end the worker",
        .enabled(if: TestTopics.isLocal, "the broker refuses them on demand")
    )
    func refusedForGood() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try refuseOthers(topics, .atLeastOnce, isLost: false)
        try run.wait("the end of the worker") { run.isOver }
        let error = await #expect(throws: WorkerError.self) { try await run.stop() }
        #expect(error?.exitCode == 77)
    }

    @Test(
        "So do those whose place others with the secret in the file may not take either",
        .enabled(if: TestTopics.isLocal, "the broker refuses them on demand")
    )
    func othersRefused() async throws {
        let topics = try TestTopics(partitions: 1)
        let run = try refuseOthers(topics, .atLeastOnce, isLost: true)
        try run.wait("unreadiness") { !run.worker.isReady }
        try #require(topics.cluster).setError("SASL_AUTHENTICATION_FAILED", ofTopic: topics.input)
        try write("three", "password")
        try run.wait("the end of the worker") { run.isOver }
        let error = await #expect(throws: WorkerError.self) { try await run.stop() }
        #expect(error?.exitCode == 77 && error?.description.contains("kafka.sasl.password.file") == true)
    }

    @Test("Secrets that change while the worker starts are used, too")
    func start() async throws {
        try write("one", "password")
        try write("first-token", "token")
        let topics = try TestTopics(partitions: 1)
        let all = flags(.atLeastOnce).merging(["http.token.file": path("token")]) { $1 }
        let worker = try topics.worker(all) { [:] }
        try write("two", "password")
        try write("second-token", "token")
        let run = try RunningWorker(worker)
        try run.wait("the changes") { run.metric("cloud4bert_secret_renewals_total", "succeeded") == 2 }
        try run.wait("other clients") { run.worker.clientNumber == 1 && run.worker.isReady }
        #expect(
            try RawClient.status(
                worker.httpAddress,
                RawClient.post("/control/resume", "", ["Authorization": "Bearer second-token"])
            ) == 200
        )
        try await run.stop()
    }

    @Test("Requests bring along the token that its file has by now; one that is empty changes nothing")
    func token() async throws {
        try write("first-token", "token")
        let topics = try TestTopics(partitions: 1)
        let run = try RunningWorker(
            try topics.worker(["http.token.file": path("token"), "http.scoring": "on"]) { [:] }
        )
        func ask(_ path: String, _ token: String) throws -> Int? {
            let fields = ["Authorization": "Bearer \(token)"]
            return try RawClient.status(run.worker.httpAddress, RawClient.post(path, #"{"inputs":"a text"}"#, fields))
        }
        #expect(try ask("/control/resume", "first-token") == 200 && ask("/predict", "first-token") == 200)
        try write("second-token", "token")
        try run.wait("the change") { run.metric("cloud4bert_secret_renewals_total", "succeeded") == 1 }
        #expect(try ask("/control/resume", "first-token") == 401 && ask("/predict", "first-token") == 401)
        #expect(try ask("/control/resume", "second-token") == 200 && ask("/predict", "second-token") == 200)
        try write("", "token")
        try run.wait("the failure") { run.metric("cloud4bert_secret_renewals_total", "failed") == 1 }
        #expect(try ask("/control/resume", "second-token") == 200)
        #expect(run.worker.clientNumber == 0)
        try await run.stop()
    }
}
