// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import KafkaTestSupport
import Testing

/// `replay`, run as a user runs it.
@Suite struct ReplayCommandTests {
    private static let outside = ProcessInfo.processInfo.environment["CLOUD4BERT_TEST_BOOTSTRAP"]
    private static let model = ["--model.path", Program.model("bert-classifier")]
    private let bootstrapServers: String
    private let cluster: LocalCluster?
    private let name = "cloud4bert-test-\(UUID().uuidString.prefix(8))"
    private let directory: URL
    private var input: String { "\(name)-in" }
    private var output: String { "\(name)-out" }
    private var deadLetters: String { "\(name)-dead" }
    /// When the topic's records were made: one a second from then on.
    private static let time: Int64 = 1_700_000_000_000

    init() throws {
        cluster = Self.outside == nil ? try LocalCluster() : nil
        bootstrapServers = Self.outside ?? cluster?.bootstrapServers ?? ""
        directory = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let admin = try Admin(settings: ["bootstrap.servers": bootstrapServers])
        for topic in [input, output, deadLetters] {
            if let cluster {
                try cluster.createTopic(topic, partitions: 2)
            } else {
                try admin.createTopic(topic, partitions: 2, settings: ["retention.ms": "-1"])
            }
        }
    }

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    private func file(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

    /// Sends texts to both partitions by turns; each tenth is broken.
    private func send(_ count: Int) throws {
        let producer = try Producer(settings: ["bootstrap.servers": bootstrapServers])
        for index in 0..<count {
            let value = index % 10 == 7 ? "{" : #"{"text":"This is no. \#(index), \"quite\" good"}"#
            try producer.send(
                topic: input,
                partition: Int32(index % 2),
                key: Array("key-\(index % 5)".utf8),
                value: Array(value.utf8),
                headers: [],
                timestamp: Self.time + Int64(index) * 1_000,
                token: UInt64(index)
            )
        }
        #expect(producer.flush(timeout: Program.patience).reports.allSatisfy { $0.error == nil })
    }

    private func arguments(_ options: [String]) -> [String] {
        ["replay", "--bootstrap.servers", bootstrapServers, "--topic", input] + Self.model + options
    }

    private func replay(_ options: [String]) throws -> Program.Outcome { try Program.run(arguments(options)) }

    @Test("Each record has its line, in the order of partitions and offsets; what cannot be tagged says why")
    func lines() throws {
        try send(60)
        let outcome = try replay([])
        #expect(outcome.exitCode == 0 && outcome.complaint.contains("done: 60 records of 60 of 60 offsets"))
        let objects = try outcome.lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        try #require(objects.count == 60)
        for (index, object) in objects.enumerated() {
            let (partition, offset) = (index / 30, index % 30)
            let id = object["id"] as? String ?? ""
            #expect(id.hasPrefix("\(input)-\(partition)-\(offset)"))
            if (offset * 2 + partition) % 10 == 7 {
                #expect((object["error"] as? [String: String])?["reason"] == "bad_json")
            } else {
                #expect(id.contains("@") && object["label"] is String)
            }
        }
        let rows = try replay(["--to-file", path("out.csv")])
        #expect(rows.exitCode == 0 && rows.output.isEmpty)
        let csv = String(decoding: try file("out.csv"), as: UTF8.self).components(separatedBy: "\r\n")
        #expect(csv.count == 62 && csv[0] == "id,label,score,decision,timestamp_ms,text,error")
        #expect(csv[1].hasSuffix(#","This is no. 0, ""quite"" good","#))
        #expect(csv.count { $0.hasSuffix(",bad_json") } == 6)
    }

    @Test("Killed at any time and begun again, it leaves the same bytes as an unbroken run")
    func killed() throws {
        try send(900)
        let whole = try replay(["--to-file", path("whole.jsonl")])
        #expect(whole.exitCode == 0)
        let options = ["--to-file", path("broken.jsonl"), "--resume", path("progress"), "--rate", "300"]
        for _ in 0..<2 {
            let before = try? file("progress")
            let (process, _, _) = try Program.start(arguments(options))
            let deadline = ContinuousClock.now + Program.patience
            while process.isRunning, (try? file("progress")) == before || (try? file("progress")) == nil {
                try #require(ContinuousClock.now < deadline)
                usleep(1_000)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let rest = try replay(options)
        #expect(rest.exitCode == 0 && rest.complaint.contains("900 records of 900 of 900 offsets"), "\(rest)")
        #expect(try file("broken.jsonl") == file("whole.jsonl"))
        let done = try replay(options)
        #expect(done.exitCode == 0 && done.complaint.contains("done before"))
    }

    @Test("SIGTERM ends it with what it has, and the same command goes on")
    func stopped() throws {
        try send(400)
        let options = ["--to-file", path("out.jsonl"), "--resume", path("progress"), "--rate", "100"]
        let (process, _, _) = try Program.start(arguments(options))
        let deadline = ContinuousClock.now + Program.patience
        while process.isRunning, (try? file("progress")) == nil {
            try #require(ContinuousClock.now < deadline)
            usleep(1_000)
        }
        Program.end(process)
        #expect(process.terminationStatus == 128 + SIGTERM)
        let rest = try replay(Array(options.dropLast(2)))
        #expect(rest.exitCode == 0)
        let lines = String(decoding: try file("out.jsonl"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 400 && Set(lines).count == 400)
    }

    @Test("SIGUSR1 has it say how far it is; stopped and continued, it goes on where it was")
    func asked() throws {
        try send(300)
        let options = ["--to-file", path("out.jsonl"), "--resume", path("progress"), "--rate", "100"]
        let (process, _, complaint) = try Program.start(arguments(options))
        let deadline = ContinuousClock.now + Program.patience
        while process.isRunning, (try? file("progress")) == nil {
            try #require(ContinuousClock.now < deadline)
            usleep(1_000)
        }
        kill(process.processIdentifier, SIGUSR1)
        let said = String(decoding: complaint.fileHandleForReading.availableData, as: UTF8.self)
        #expect(said.contains("of 300 offsets, ") && said.contains("records/s"), "\(said)")
        kill(process.processIdentifier, SIGSTOP)
        let state = "/proc/\(process.processIdentifier)/stat"
        while try !String(contentsOfFile: state, encoding: .utf8).contains(") T ") {
            try #require(ContinuousClock.now < deadline)
            usleep(1_000)
        }
        kill(process.processIdentifier, SIGCONT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let lines = String(decoding: try file("out.jsonl"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 300 && Set(lines).count == 300)
    }

    @Test("A plan is written by a dry run and carried out as it stands; bounds, keys and a sample choose records")
    func choices() throws {
        try send(60)
        let plan = try replay(["--from", "10", "--to", "20", "--partitions", "1", "--dry-run"])
        try Data(plan.output.utf8).write(to: URL(filePath: path("plan")))
        let planned = try Program.run(
            [
                "replay", "--bootstrap.servers", bootstrapServers, "--plan", path("plan"),
            ] + Self.model
        )
        #expect(planned.lines.count == 10 && planned.lines.allSatisfy { $0.contains("\(input)-1-1") })
        try Data("key-3\r\nother\n".utf8).write(to: URL(filePath: path("keys")))
        #expect(try replay(["--keys", path("keys")]).lines.count == 12)
        let (half, again) = (try replay(["--sample", "0.5"]), try replay(["--sample", "0.5"]))
        #expect((10...50).contains(half.lines.count) && half.output == again.output)
    }

    @Test("Results in a topic are those that a worker would leave there, and the audit finds them all")
    func toTopic() throws {
        try send(60)
        let options = [
            "--to-topic", output, "--dead.letter.topic", deadLetters, "--output.routes", "negative:elsewhere",
        ]
        let outcome = try replay(options)
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        let topics = ["--input", input, "--output", output, "--dead-letters", deadLetters]
        let audit = try Program.run(["audit", "--bootstrap.servers", bootstrapServers, "--json"] + topics)
        #expect(audit.exitCode == 0, "\(audit)")
        #expect(audit.output.contains(#""results":54,"dead_letters":6"#), "\(audit)")
    }

    @Test(
        "A topic that may not be written to is named, with the right that is missing",
        .enabled(if: outside == nil, "only the local cluster refuses on demand")
    )
    func rights() throws {
        try send(20)
        try #require(cluster).failNext(.produce, with: Array(repeating: "TOPIC_AUTHORIZATION_FAILED", count: 20))
        let outcome = try replay(["--to-topic", output, "--dead.letter.topic", deadLetters])
        #expect(outcome.exitCode == 77 && outcome.complaint.contains("Write"), "\(outcome)")
    }

    @Test("What is wrong is said by name, and nothing is written")
    func refused() throws {
        try send(2)
        for (options, code, message) in [
            (["--from", "yesterday"], 78, "--from: 'yesterday' is not earliest"),
            (["--partitions", "9"], 78, "no partition 9"), (["--partitions", "x"], 64, "--partitions"),
            (["--to-file", "a", "--to-topic", "b"], 64, "two places"),
            (["--to-topic", input], 64, "is the topic that is read"),
            (["--plan", path("none")], 64, "--topic"),
            (["--output.mode", "headers"], 64, "output.mode"), (["--rate", "0"], 64, "--rate"),
            (["--keys", path("none")], 66, "none"), (["--keys", "/dev/null"], 65, "--keys /dev/null: holds no key"),
            (["--sample", "0"], 64, "--sample"), (["--partitions", ","], 64, "--partitions names nothing"),
            (["--from", "20", "--to", "10"], 78, "--from: '20' lies behind 'to', which is '10'"),
            (["--from", "-1h", "--to", "-2h"], 78, "--from: '-1h' lies behind"),
            (["--from", "latest", "--to", "earliest"], 78, "--from: 'latest' lies behind"),
            (["--decision.hold", "negative:0.9,negative:0.8"], 78, "decision.hold: 'negative:0.9' and 'negative:0.8'"),
            (
                ["--decision.hold", "negative:0.6", "--decision.flag", "negative:0.7"], 78,
                "decision.flag: 'negative:0.7' never applies"
            ),
            (["--what-if", "decision.hold=*:1", "--what-if", "decision.hold="], 64, "decision.hold is given twice"),
            (["--to-file", path("no/such/place")], 74, "no/such/place"),
        ] as [([String], Int32, String)] {
            let outcome = try replay(options)
            #expect(outcome.exitCode == code && outcome.complaint.contains(message), "\(options): \(outcome)")
        }
        try Data("{}".utf8).write(to: URL(filePath: path("broken")))
        let broken = try replay(["--resume", path("broken")])
        #expect(broken.exitCode == 65 && broken.complaint.contains("broken"))
    }

    @Test(
        "On a local cluster, which knows no times, it says that where a bound is one",
        .enabled(if: outside == nil, "a real cluster knows times")
    )
    func timesOfLocalCluster() throws {
        try send(4)
        for options in [["--from", "2023-11-14"], ["--to", "-1h"]] {
            let outcome = try replay(options)
            #expect(outcome.exitCode == 0 && outcome.complaint.contains("--from, --to: a local cluster"), "\(outcome)")
        }
        let silent = try replay(["--from", "1"])
        #expect(silent.exitCode == 0 && !silent.complaint.contains("local cluster"), "\(silent)")
        let plan = try replay(["--to", "-1h", "--dry-run"])
        #expect(plan.output.contains("stretches") && !plan.output.contains("local cluster"))
    }

    @Test(
        "Times are bounds too: of ISO 8601, in milliseconds, and ago; a topic that is not there is named",
        .enabled(if: outside != nil, "the local cluster knows no times, and creates topics that are asked for")
    )
    func times() throws {
        try send(60)
        #expect(try replay(["--from", "\(Self.time + 30_000)"]).lines.count == 30)
        #expect(try replay(["--to", "2023-11-14T22:13:40Z"]).lines.count == 20)
        #expect(try replay(["--from", "2023-11-14T22:13:30", "--to", "\(Self.time + 20_500)"]).lines.count == 11)
        #expect(try replay(["--from", "-1h"]).lines.isEmpty && replay(["--to", "-1h"]).lines.count == 60)
        let missing = try Program.run(["replay", "--bootstrap.servers", bootstrapServers, "--topic", "\(name)-none"])
        #expect(missing.exitCode == 66 && missing.complaint.contains("--topic"))
    }
}
