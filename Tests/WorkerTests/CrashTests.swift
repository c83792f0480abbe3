// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Delivered
import Foundation
import Glibc
import Kafka
import Logging
import TestSupport
import Testing
import WorkerTestSupport

@testable import Worker

/// Workers in processes of their own, which die as processes do.
@Suite(.serialized, .ownThread) struct CrashTests {
    private static let transactions: Comment =
        "the local cluster shows aborted records and forgets the offsets of transactions; name a cluster in CLOUD4BERT_TEST_BOOTSTRAP"
    private static let limit = 500

    @Test("Killed again and again: nothing is missing, and repeated is at most what was in flight each time")
    func atLeastOnce() async throws {
        // A local group takes a session's time to see that its member is dead.
        let (count, kills) = TestTopics.isLocal ? (5_000, 2) : (50_000, 10)
        let judge = try kill(.atLeastOnce, count, kills)
        #expect(judge.inputs.count == count && judge.missing == 0 && judge.unmatched == 0)
        #expect(judge.repeated <= kills * Self.limit, "\(judge.repeated) repeated")
        #expect(judge.outOfOrder == 0)
    }

    @Test(
        "Killed ten times: a read_committed reader sees each of 50,000 records once",
        .disabled(if: TestTopics.isLocal, transactions)
    )
    func exactlyOnce() async throws {
        let judge = try kill(.exactlyOnce, 50_000, 10)
        #expect(judge.inputs.count == 50_000 && judge.missing == 0 && judge.unmatched == 0)
        #expect(judge.repeated == 0 && judge.outOfOrder == 0, "\(judge.repeated) repeated")
    }

    @Test(
        "Three workers that stop, die and freeze at random: once for each record, or at least once",
        .disabled(if: TestTopics.isLocal, transactions),
        arguments: DeliveryGuarantee.allCases
    )
    func chaos(guarantee: DeliveryGuarantee) async throws {
        let topics = try TestTopics(partitions: 8)
        let count = 30_000
        try topics.produceTexts(0..<count)
        var workers: [Process] = []
        defer { workers.forEach(Self.end) }
        func start() throws { workers.append(try Self.start(topics, guarantee)) }
        for _ in 0..<3 { try start() }
        var crashes = 0
        for round in 0..<9 {
            usleep(UInt32.random(in: 500_000...2_000_000))
            let victim = workers.removeFirst()
            switch round % 3 {
            case 0:
                victim.terminate()
                victim.waitUntilExit()
                #expect(victim.terminationStatus == 0)
            case 1:
                Glibc.kill(victim.processIdentifier, SIGKILL)
                victim.waitUntilExit()
                crashes += 1
            default:
                // Past the session's time: the others have its partitions when it wakes.
                Glibc.kill(victim.processIdentifier, SIGSTOP)
                sleep(8)
                Glibc.kill(victim.processIdentifier, SIGCONT)
                workers.append(victim)
                crashes += 1
                continue
            }
            try start()
        }
        try Self.wait(topics, count)
        let statuses = Self.stop(workers)
        #expect(statuses.allSatisfy { $0 == 0 }, "\(statuses)")
        workers = []
        let judge = try Judge(topics)
        #expect(judge.missing == 0 && judge.unmatched == 0 && judge.outOfOrder == 0)
        let allowed = guarantee == .exactlyOnce ? 0 : crashes * Self.limit
        #expect(judge.repeated <= allowed, "\(judge.repeated) repeated")
    }

    @Test(
        "Killed in the middle of gaps, with new records before each: nothing is missing, and once is once",
        arguments: TestTopics.isLocal ? [.atLeastOnce] : DeliveryGuarantee.allCases
    )
    func newestFirst(guarantee: DeliveryGuarantee) async throws {
        let (count, kills, live) = TestTopics.isLocal ? (20_000, 2, 100) : (50_000, 10, 100)
        let topics = try TestTopics(partitions: 4)
        try topics.produceTexts(0..<count)
        var gapsLeft = 0
        // Slowly, so that a gap is there for a while.
        var flags = ["--catch.up", "newest_first", "--catch.up.after", "1h", "--batch.max.texts", "1"]
        if !TestTopics.isLocal { flags += ["--kafka.consumer.group.instance.id", "one"] }
        for kill in 0..<kills {
            let before = try topics.committed()
            let worker = try Self.start(topics, guarantee, flags)
            defer { Self.end(worker) }
            try Self.wait(topics, before + 1)
            try topics.produceLive(live, from: count + kill * live)
            let isMidway = { (positions: [OffsetAndMetadata]) in positions.contains { !$0.metadata.isEmpty } }
            try Self.wait(topics) { isMidway($0) || $0.map(\.offset).reduce(0, +) > count }
            usleep(UInt32.random(in: 0...100_000))
            Glibc.kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
            if isMidway(try topics.positions()) { gapsLeft += 1 }
        }
        #expect(gapsLeft > 0)
        let last = try Self.start(topics, guarantee, flags)
        defer { Self.end(last) }
        try Self.wait(topics, count + kills * live)
        #expect(Self.stop([last]) == [0])
        let report = try topics.audit(["catch.up": "newest_first"])
        #expect(report.records == count + kills * live && report.missing.count == 0 && report.outOfOrder.count == 0)
        #expect(report.unmatched == 0)
        let allowed = guarantee == .exactlyOnce ? 0 : kills * Self.limit
        #expect(report.repeated.count <= allowed, "\(report)")
    }

    /// Runs one worker after the other, each killed at a random moment but the last.
    private func kill(_ guarantee: DeliveryGuarantee, _ count: Int, _ kills: Int) throws -> Judge {
        let topics = try TestTopics(partitions: 8)
        try topics.produceTexts(0..<count)
        // A static member is back in its group at once.
        let flags = TestTopics.isLocal ? [] : ["--kafka.consumer.group.instance.id", "one"]
        for _ in 0..<kills {
            let before = try topics.committed()
            let worker = try Self.start(topics, guarantee, flags)
            defer { Self.end(worker) }
            try Self.wait(topics, min(before + 1, count))
            usleep(UInt32.random(in: 0...600_000))
            Glibc.kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
        }
        let last = try Self.start(topics, guarantee, flags)
        defer { Self.end(last) }
        try Self.wait(topics, count)
        #expect(Self.stop([last]) == [0])
        return try Judge(topics)
    }

    private static func start(
        _ topics: TestTopics,
        _ guarantee: DeliveryGuarantee,
        _ flags: [String] = []
    ) throws -> Process {
        let process = Process()
        // It lies beside the tests' own executable.
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "cloud4bert")
        process.arguments =
            [
                "worker", "--model", try testModel().directory, "--bootstrap.servers", topics.bootstrapServers,
                "--input.topics", topics.input, "--output.topic", topics.output, "--dead.letter.topic",
                topics.deadLetters,
                "--group.id", topics.group, "--http.address", "127.0.0.1:0", "--log.level", "error",
                "--delivery.guarantee", guarantee.rawValue, "--commit.interval", "200ms", "--drain.timeout", "4s",
                "--inflight.max.records", "\(limit)", "--kafka.consumer.session.timeout.ms",
                // On the cluster that has frozen workers, shorter than they are so.
                TestTopics.isLocal ? "12000" : "6000",
                "--kafka.consumer.heartbeat.interval.ms", "500", "--kafka.producer.transaction.timeout.ms", "5000",
                "--kafka.producer.socket.timeout.ms", "4000",
            ] + flags
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Waits until the group has committed so many records.
    private static func wait(_ topics: TestTopics, _ count: Int) throws {
        try wait(topics) { $0.map(\.offset).reduce(0, +) >= count }
    }

    /// Waits until what the group has committed is as it should be.
    private static func wait(_ topics: TestTopics, until isThere: ([OffsetAndMetadata]) -> Bool) throws {
        let deadline = ContinuousClock.now + Looks.patience
        while true {
            let start = ContinuousClock.now
            let positions = try topics.positions()
            if isThere(positions) { return }
            try #require(start < deadline, "\(positions) were committed in time")
            Looks.pause(after: start)
        }
    }

    /// Stops workers as a system does, and waits for their end.
    private static func stop(_ workers: [Process]) -> [Int32] {
        workers.forEach { $0.terminate() }
        return workers.map { worker in
            worker.waitUntilExit()
            return worker.terminationStatus
        }
    }

    private static func end(_ worker: Process) {
        guard worker.isRunning else { return }
        Glibc.kill(worker.processIdentifier, SIGCONT)
        Glibc.kill(worker.processIdentifier, SIGKILL)
        worker.waitUntilExit()
    }
}
