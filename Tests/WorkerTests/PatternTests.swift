// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import Testing

@testable import Worker

/// Workers whose input is a regular expression.
@Suite(.ownThread) struct PatternTests {
    @Test("A pattern that matches all topics does not feed a worker its own, though they are created later")
    func loop() async throws {
        let cluster = try LocalCluster()
        let servers = cluster.bootstrapServers
        try cluster.createTopic("comments", partitions: 1)
        let flags = [
            "bootstrap.servers": servers, "input.topics": "^comments.*, ^com", "output.topic": "comments.sentiment",
            "dead.letter.topic": "comments.dead-letters", "kafka.topic.metadata.refresh.interval.ms": "100",
            "commit.interval": "100ms", "kafka.session.timeout.ms": "6000",
        ]
        let worker = RunningWorker(
            try Worker(settings: testSettings(flags), model: testModel(), log: Log(level: .error))
        )
        let producer = try Producer(settings: ["bootstrap.servers": servers])
        func send(_ topic: String, _ text: String) throws {
            try producer.send(topic: topic, key: nil, value: Array(text.utf8), headers: [], token: 0)
            #expect(producer.flush(timeout: TestTopics.patience).reports.allSatisfy { $0.error == nil })
        }
        for text in [#"{"text":"a"}"#, #"{"text":"b"}"#, "{"] { try send("comments", text) }
        try worker.waitForEnd(of: 3)
        // By the time that a topic is read which was created after the results, theirs would be read as well.
        try send("comments.later", #"{"text":"c"}"#)
        try worker.waitForEnd(of: 4)
        try send("comments.later", #"{"text":"d"}"#)
        try worker.waitForEnd(of: 5)
        #expect(worker.worker.accounts.consumed == 5)
        try await worker.stop()
        withExtendedLifetime(cluster) {}
    }

    @Test("Letters are not requeued to what a worker writes to")
    func requeue() throws {
        let settings = try testSettings(["output.topic": "out", "dead.letter.topic": "dead"])
        for topic in ["out", "dead"] {
            let error = #expect(throws: WorkerError.self) { try Requeue(settings: settings, target: topic) }
            #expect(error?.exitCode == 78 && error?.description.contains(topic) == true)
        }
    }
}
