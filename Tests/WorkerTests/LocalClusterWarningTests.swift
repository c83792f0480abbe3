// SPDX-License-Identifier: Apache-2.0
import Logging
import Settings
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

@Suite(.ownThread) struct LocalClusterWarningTests {
    private final class Lines: Sendable { let all = Monitor<[String]>([]) }

    @Test(
        "A worker warns once where exactly_once cannot hold: on a local cluster",
        .enabled(if: TestTopics.isLocal, "only a local cluster is warned of"),
        arguments: ["exactly_once", "at_least_once"]
    )
    func warning(guarantee: String) throws {
        let topics = try TestTopics(partitions: 1)
        let lines = Lines()
        let log = Log(level: .warning) { line in lines.all.withLock { $0.append(line) } }
        let flags = ["delivery.guarantee": guarantee, "consumer.workers": "2"]
        _ = try topics.worker(flags, log: log)
        let said = lines.all.withLock { $0 }
        let isBeyond = guarantee == "exactly_once"
        #expect(said.count == (isBeyond ? 1 : 0) && said.allSatisfy { $0.contains("local cluster") }, "\(said)")
        let settings = try testSettings(topics.places.merging(flags) { $1 })
        #expect(try (Worker.checkConnection(settings: settings) != nil) == isBeyond)
    }
}
