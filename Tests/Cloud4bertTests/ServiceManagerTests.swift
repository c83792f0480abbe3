// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import TestSupport
import Testing

/// A worker that a service manager has started.
@Suite struct ServiceManagerTests {
    private func arguments(_ cluster: LocalCluster) -> [String] {
        [
            "worker", "--model", Program.model("bert-classifier"), "--bootstrap.servers", cluster.bootstrapServers,
            "--input.topics", "in", "--output.topic", "out", "--dead.letter.topic", "dead", "--http.address",
            "127.0.0.1:0",
        ]
    }

    private func cluster() throws -> LocalCluster {
        let cluster = try LocalCluster()
        for topic in ["in", "out", "dead"] { try cluster.createTopic(topic, partitions: 1) }
        return cluster
    }

    @Test("A worker tells its service manager when it is ready, again and again that it is alive, and that it stops")
    func notices() throws {
        let cluster = try cluster()
        let listener = try DatagramListener("@c4b-" + UUID().uuidString)
        let (worker, _, _) = try Program.start(arguments(cluster), environment: ["NOTIFY_SOCKET": listener.path])
        defer { Program.end(worker) }
        var heard: [[String]] = []
        func hear(_ line: String, times: Int = 1) throws {
            while heard.count(where: { $0.contains(line) }) < times { heard.append(try #require(listener.receive())) }
        }
        try hear("READY=1")
        try hear("WATCHDOG=1", times: heard.count + 2)
        try hear("STATUS=ready, 0 records behind")
        worker.terminate()
        try hear("STOPPING=1")
        #expect(heard.count { $0.contains("READY=1") } == 1, "\(heard)")
        worker.waitUntilExit()
        #expect(worker.terminationStatus == 0)
    }

    @Test("A NOTIFY_SOCKET that is none is told of, and no reason not to work")
    func noSocket() throws {
        let cluster = try cluster()
        let (worker, _, complaint) = try Program.start(arguments(cluster), environment: ["NOTIFY_SOCKET": "nowhere"])
        defer { Program.end(worker) }
        var log = ""
        while !log.contains(" started ") {
            let data = complaint.fileHandleForReading.availableData
            try #require(!data.isEmpty, "the worker ended: \(log)")
            log += String(decoding: data, as: UTF8.self)
        }
        #expect(log.contains("NOTIFY_SOCKET cannot be used"))
    }
}
