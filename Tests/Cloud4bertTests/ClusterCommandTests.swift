// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `cluster`, and a worker of another process on it.
@Suite struct ClusterCommandTests {
    @Test("cluster says on standard error what it is not good for, and on standard output where it is, and no more")
    func notice() throws {
        let (cluster, output, complaint) = try Program.start(["cluster", "--topics", "in,out,dead"])
        let servers = output.fileHandleForReading.availableData
        let worker = [
            "--model", Program.model("bert-classifier"), "--bootstrap.servers",
            String(decoding: servers, as: UTF8.self).trimmingCharacters(in: .newlines), "--input.topics", "in",
            "--output.topic", "out", "--dead.letter.topic", "dead",
        ]
        let once = try Program.run(["check", "--connect", "--delivery.guarantee", "exactly_once"] + worker)
        #expect(once.exitCode == 0 && once.complaint.contains("exactly_once does not hold"), "\(once)")
        let least = try Program.run(["check", "--connect"] + worker)
        #expect(least.exitCode == 0 && least.complaint.isEmpty, "\(least)")

        let (running, _, said) = try Program.start(
            ["worker", "--delivery.guarantee", "exactly_once", "--http.address", "127.0.0.1:0"] + worker
        )
        var log = ""
        func wait(for message: String) throws {
            while !log.contains(" \(message) ") {
                let data = said.fileHandleForReading.availableData
                try #require(!data.isEmpty, "the worker ended: \(log)")
                log += String(decoding: data, as: UTF8.self)
            }
        }
        try wait(for: "started")
        kill(running.processIdentifier, SIGUSR1)
        try wait(for: "state")
        Program.end(running)
        #expect(running.terminationStatus == 0 && log.contains(" in_flight=0 "), "\(log)")
        #expect(log.components(separatedBy: "exactly_once does not hold on a local cluster").count == 2, "\(log)")

        Program.end(cluster)
        #expect(servers.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty)
        let notice = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(notice.contains("exactly_once") && notice.count { $0 == "\n" } == 1, "\(notice)")
    }
}
