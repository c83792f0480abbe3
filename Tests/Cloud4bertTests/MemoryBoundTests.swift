// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import Testing

/// What the worker says of its memory when it starts.
@Suite struct MemoryBoundTests {
    private struct Started: Decodable {
        let http: String
        let memory_bound_mib: String
    }

    @Test("With records as large as they may be, the worker stays within the bound that it prints at its start")
    func largeRecords() throws {
        let cluster = try LocalCluster()
        defer { withExtendedLifetime(cluster) {} }
        // The local cluster keeps no more than 5 MB of a partition.
        for topic in ["in", "out", "dead"] { try cluster.createTopic(topic, partitions: 24) }
        let producer = try Producer(settings: ["bootstrap.servers": cluster.bootstrapServers])
        let text = Array(String(repeating: "as \"large\" as it may be ", count: 39_000).utf8)
        let count = 24 * 2
        for number in 0..<count {
            let partition = Int32(number % 24)
            try producer.send(topic: "in", partition: partition, key: nil, value: text, headers: [], token: 0)
        }
        #expect(producer.flush(timeout: Program.patience).reports.count { $0.error == nil } == count)

        let (worker, _, complaint) = try Program.start(
            [
                "worker", "--model", Program.model("bert-classifier"), "--bootstrap.servers", cluster.bootstrapServers,
                "--input.topics", "in", "--input.format", "text", "--output.topic", "out", "--dead.letter.topic",
                "dead",
                "--http.address", "127.0.0.1:0", "--log.format", "json", "--inflight.max.bytes", "16MiB",
            ],
            // The address sanitizer, where the program is built with it, would keep 256 MiB of what was freed.
            environment: ["ASAN_OPTIONS": "quarantine_size_mb=1"]
        )
        defer { Program.end(worker) }
        let said = complaint.fileHandleForReading.availableData
        let line = try #require(said.split(separator: UInt8(ascii: "\n")).first)
        let started = try JSONDecoder().decode(Started.self, from: line)
        let reader = try Consumer(settings: ["bootstrap.servers": cluster.bootstrapServers, "group.id": "reader"])
        defer { reader.close() }
        try reader.assign(
            Dictionary(
                uniqueKeysWithValues: (0..<24).map { (TopicPartition(topic: "out", partition: $0), Offset.beginning) }
            )
        )
        let deadline = ContinuousClock.now + Program.patience
        var results = 0
        while results < count, ContinuousClock.now < deadline {
            results += reader.poll(upTo: 1, timeout: .milliseconds(100)).records.count
        }
        #expect(results == count)
        let status = try String(contentsOfFile: "/proc/\(worker.processIdentifier)/status", encoding: .utf8)
        let peak = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        let kilobytes = try #require(peak.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        let bound = try #require(Int(started.memory_bound_mib))
        #expect(kilobytes >> 10 <= bound, "\(kilobytes >> 10) MiB, with a bound of \(bound)")
    }
}
