// SPDX-License-Identifier: Apache-2.0
import Delivered
import Foundation
import HTTP
import TestSupport
import Testing
import Threading
import WorkerTestSupport

@testable import Worker

/// A worker's HTTP port while others abuse it.
@Suite(.ownThread) struct PortAbuseTests {
    @Test("A worker whose port is abused does its job, and answers who asks")
    func worker() async throws {
        let topics = try TestTopics(partitions: 2)
        let count = 400
        try topics.produce((0..<count).map { (nil, Array(#"{"text":"text number \#($0)"}"#.utf8), []) })
        let port = try ListeningSocket(HostPort(host: "127.0.0.1", port: 0)).port
        let address = HostPort(host: "127.0.0.1", port: port)
        let isOver = StopSignal()
        try await withThrowingTaskGroup { group in
            for seed in 0..<3 {
                group.addTask(executorPreference: try ThreadExecutor("test-abuse")) {
                    var random = SplitMix(state: UInt64(seed))
                    var open: [RawClient] = []
                    while !isOver.isRequested {
                        guard let client = try? RawClient(address) else {
                            usleep(20_000)
                            continue
                        }
                        client.send((0..<200).map { _ in UInt8.random(in: 0...255, using: &random) })
                        open.append(client)
                        if open.count > 100 { open.removeAll() }
                    }
                }
            }
            group.addTask(executorPreference: try ThreadExecutor("test-group")) {
                defer { isOver.request() }
                try await topics.work(["http.address": address.description, "input.format": "text"]) {
                    try topics.waitForOutput(count)
                    let metrics = try RawClient.ask(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                    #expect(metrics?.contains("cloud4bert_records_consumed_total \(count)\n") == true)
                    #expect(try RawClient.status(address, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n") == 200)
                }
            }
            try await group.waitForAll()
        }
        #expect(try topics.audit().isSound(atLeastOnce: false))
    }
}
