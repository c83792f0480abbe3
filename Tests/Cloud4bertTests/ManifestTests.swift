// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kafka
import Testing

/// What `deploy` has is what the program takes, with nothing set by its operator.
@Suite struct ManifestTests {
    private struct Started: Decodable {
        let message: String
        let memory_bound_mib: String?
    }

    private static let deploy = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "deploy")

    private static func file(_ name: String) throws -> String {
        try String(contentsOf: deploy.appending(path: name), encoding: .utf8)
    }

    /// The lines that stand below a line, deeper than it, without their common indentation.
    private static func block(_ heading: String, of text: String) throws -> [String] {
        let lines = text.components(separatedBy: "\n")
        let indentation: (String) -> Int = { $0.prefix { $0 == " " }.count }
        let start = try #require(lines.firstIndex { $0.trimmingCharacters(in: .whitespaces) == heading })
        let below = lines[(start + 1)...].prefix { $0.isEmpty || indentation($0) > indentation(lines[start]) }
        let depth = below.filter { !$0.isEmpty }.map(indentation).min() ?? 0
        return below.map { String($0.dropFirst(depth)) }
    }

    /// The variables that begin with `CLOUD4BERT_`, by what stands between name and value.
    private static func variables(_ text: String, separator: String) -> [String: String] {
        var variables: [String: String] = [:]
        for match in text.matches(of: /(CLOUD4BERT_[A-Z0-9_]+)(: |=)(\S+)/) where match.2 == separator {
            variables[String(match.1)] = String(match.3)
        }
        return variables
    }

    /// Without what is commented out.
    private static func active(_ text: String) -> String {
        text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }.joined(separator: "\n")
    }

    /// The settings file of the ConfigMap, `change`d, at a path of its own.
    private static func properties(_ change: (String) -> String = { $0 }) throws -> String {
        let lines = try block("worker.properties: |", of: file("kubernetes/worker.yaml"))
        #expect(lines.count > 5)
        let path = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-\(UUID().uuidString).properties")
        try change(lines.joined(separator: "\n")).write(to: path, atomically: true, encoding: .utf8)
        return path.path
    }

    @Test("compose sets all that the worker needs, and no more than it knows; so does the image")
    func compose() throws {
        let text = try Self.file("compose.yaml")
        let image = Self.variables(try Self.file("Dockerfile"), separator: "=")
        let given = Self.variables(Self.active(text), separator: ": ")
        #expect(image.count == 2 && given.count >= 4 && given["CLOUD4BERT_MODEL_PATH"] == nil)
        let outcome = try Program.run(["check"], environment: image.merging(given) { $1 })
        #expect(outcome.exitCode == 0, "\(outcome.complaint)")
        // What is commented out beside them is a setting too.
        var variables = Self.variables(text, separator: ": ")
        #expect(variables["CLOUD4BERT_MODEL_PATH"] == "/model")
        variables["CLOUD4BERT_MODEL_PATH"] = Program.model("bert-classifier")
        let all = try Program.run(["check"], environment: variables)
        #expect(all.exitCode == 0 && all.output.contains("model.path = "), "\(all.complaint)")
    }

    @Test("The manifests run with no variable set and no volume of the operator's")
    func nothingRequired() throws {
        let kubernetes = ["worker", "scaling", "monitoring", "kafka", "secret"].map { "kubernetes/\($0).yaml" }
        for name in ["compose.yaml"] + kubernetes {
            let text = Self.active(try Self.file(name))
            // `$$` is compose's way to write a dollar.
            #expect(!text.replacing("$$", with: "").contains("$"), "\(name)")
            #expect(!text.contains("persistentVolumeClaim") && !text.contains("/model"), "\(name)")
        }
    }

    @Test("What compose mounts and builds from is there, and what Grafana and Prometheus read is in it")
    func mounts() throws {
        let text = Self.active(try Self.file("compose.yaml"))
        let mounts = text.matches(of: /- (\.\/\S+?):(\/\S+):ro/).map { (from: String($0.1), to: String($0.2)) }
        #expect(mounts.count == 3)
        var readable: [String] = []
        for (from, to) in mounts {
            let names = try FileManager.default.subpathsOfDirectory(atPath: Self.deploy.appending(path: from).path)
            readable += names.map { "\(to)/\($0)" }
        }
        let provider = try Self.file("grafana/provisioning/dashboards/cloud4bert.yaml")
        let folder = try #require(provider.firstMatch(of: /path: (\S+)/)).1
        let named = text.matches(of: /(?:--config\.file=|DASHBOARD_PATH: )([^",\s]+)/).map { String($0.1) }
        #expect(named.count == 2)
        for path in named + ["\(folder)/cloud4bert.json", "/etc/prometheus/alerts.yml"] {
            #expect(readable.contains(path), "\(path)")
        }
        let dockerfile = try #require(text.firstMatch(of: /dockerfile: deploy\/(\S+)/)).1
        #expect(try Self.file(String(dockerfile)).contains("ENTRYPOINT"))
    }

    @Test("Every alert has its heading in the runbook, and points to it")
    func runbook() throws {
        let alerts = try Self.file("prometheus/alerts.yml")
        let names = alerts.matches(of: /- alert: (\S+)/).map { String($0.1) }
        let links = alerts.matches(of: /runbook: (\S+)/).map { String($0.1) }
        #expect(!names.isEmpty && links == names.map { "deploy/runbook.md#\($0.lowercased())" })
        let headings = try Self.file("runbook.md").matches(of: /\n## (\S+)\n/).map { String($0.1) }
        #expect(headings == names)
    }

    @Test("The Kafka user may read and write the ConfigMap's topics, in its group, and KEDA looks at the same")
    func rights() throws {
        let settings = try Program.run(["check", "--config", Self.properties()]).output
        func value(_ key: String) throws -> String {
            let line = try #require(settings.split(separator: "\n").first { $0.hasPrefix("\(key) = ") })
            return String(line.dropFirst(key.count + 3).prefix { $0 != " " })
        }
        let lists = try Self.file("kubernetes/kafka.yaml")
            .matches(of: /resource: \{ type: (\w+), name: ([^ ,]+)[^\n]*\n +operations: \[(.+)\]/)
            .map { "\($0.1) \($0.2): \($0.3)" }
        let (group, input) = (try value("group.id"), try value("input.topics"))
        #expect(
            try lists == [
                "topic \(input): Read", "group \(group): Read",
                "topic \(value("output.topic")): Write",
                "topic \(value("dead.letter.topic")): Write", "transactionalId \(group): Write",
            ]
        )
        let scaling = try Self.file("kubernetes/scaling.yaml")
        #expect(scaling.contains("consumerGroup: \(group)\n") && scaling.contains("topic: \(input)\n"))
    }

    @Test("systemd waits as long as the worker may take to stop, and starts none again that would end the same way")
    func unit() throws {
        let text = try Self.file("systemd/cloud4bert.service")
        let check = try Program.run(["check", "--config", Self.properties()])
        let shutdown = try #require(check.output.firstMatch(of: /shutdown\.timeout = (\d+)s/)).1
        let stop = try #require(text.firstMatch(of: /\nTimeoutStopSec=(\d+)\n/)).1
        #expect(try #require(Int(stop)) > #require(Int(shutdown)))
        #expect(text.contains("\nType=notify\n") && text.contains("\nWatchdogSec=30\n"))
        let codes = try #require(text.firstMatch(of: /\nRestartPreventExitStatus=(.+)\n/)).1.split(separator: " ")
        // Usage, data, a missing file, rights, settings: see `cloud4bert help`.
        #expect(codes == ["64", "65", "66", "77", "78"])
    }

    @Test("The ConfigMap's file is one that the worker takes, with the model's line and without it")
    func configMap() throws {
        for hasModel in [false, true] {
            let line = "model.path = \(Program.model("bert-classifier"))"
            let path = try Self.properties { hasModel ? $0.replacing("# model.path = /model", with: line) : $0 }
            defer { try? FileManager.default.removeItem(atPath: path) }
            let outcome = try Program.run(["check", "--config", path])
            #expect(outcome.exitCode == 0, "\(outcome.complaint)")
            #expect(outcome.output.contains("output.topic = comments.sentiment"))
            #expect(outcome.output.contains(line) == hasModel)
        }
    }

    @Test(
        "Kubernetes puts no variables of its own among the settings, and waits as long as the worker may take to stop"
    )
    func pod() throws {
        let text = Self.active(try Self.file("kubernetes/worker.yaml"))
        #expect(text.contains("\n      enableServiceLinks: false\n"))
        let grace = try #require(text.firstMatch(of: /terminationGracePeriodSeconds: (\d+)/)).1
        let check = try Program.run(["check", "--config", Self.properties()])
        let shutdown = try #require(check.output.firstMatch(of: /shutdown\.timeout = (\d+)s/)).1
        #expect(try #require(Int(grace)) > #require(Int(shutdown)))
    }

    @Test("A worker with the ConfigMap's file and the built-in model is bounded by the Pod's memory limit")
    func memory() throws {
        let text = Self.active(try Self.file("kubernetes/worker.yaml"))
        let limits = try #require(text.firstMatch(of: /limits: \{ cpu: "(\d+)", memory: (\d+)(M|G)i \}/))
        let limit = try #require(Int(limits.2)) << (limits.3 == "G" ? 10 : 0)
        let cluster = try LocalCluster()
        defer { withExtendedLifetime(cluster) {} }
        for topic in ["comments", "comments.sentiment", "comments.dead-letters"] {
            try cluster.createTopic(topic, partitions: 1)
        }
        let path = try Self.properties()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (worker, _, complaint) = try Program.start([
            "worker", "--config", path, "--bootstrap.servers", cluster.bootstrapServers, "--http.address",
            "127.0.0.1:0", "--encoder.threads", String(limits.1),
        ])
        defer { Program.end(worker) }
        var said = Data()
        var started: Started?
        while started == nil {
            let data = complaint.fileHandleForReading.availableData
            try #require(!data.isEmpty, "the worker ended: \(String(decoding: said, as: UTF8.self))")
            said += data
            started = said.split(separator: UInt8(ascii: "\n"))
                .compactMap { try? JSONDecoder().decode(Started.self, from: $0) }.first { $0.message == "started" }
        }
        let bound = try #require(started?.memory_bound_mib.flatMap { Int($0) })
        #expect(bound > 100 && bound <= limit, "\(bound) MiB, with a limit of \(limit)")
    }
}
