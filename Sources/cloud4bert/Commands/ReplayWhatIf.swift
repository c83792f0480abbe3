// SPDX-License-Identifier: Apache-2.0
import Configuration
import Files
import Settings
import Synchronization
import Worker

/// `replay --what-if`: what other thresholds would have made of results that are there.
struct WhatIfCommand {
    private let invocation: Invocation
    private let changes: [(key: String, value: String)]
    private let settings: Settings

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let forTagging = ["to-file", "to-topic", "to-stdout", "resume", "rate", "sample", "keys", "dry-run"]
        try invocation.refuse(forTagging) { "\($0) is about tagging, and --what-if tags nothing" }
        try invocation.refuse(["report"]) { "\($0) goes with --compare or --compare-topic" }
        if invocation.has("from-file") { try invocation.refuseTopicOptions() }
        changes = try invocation.values("what-if").map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts[0].hasPrefix("decision.") else {
                throw UsageError(
                    "--what-if takes a setting of decisions, as decision.hold=negative:0.85, not '\(text)'"
                )
            }
            return (parts[0], parts[1])
        }
        for (index, change) in changes.enumerated() where changes[..<index].contains(where: { $0.key == change.key }) {
            throw UsageError("--what-if \(change.key) is given twice; name each setting once")
        }
        // Read once: a pipe has nothing more for a second time.
        let read = try invocation.settings(with: changes)
        let routed = read[Settings.outputRoutes].topics
        // Where results go and what they rest on is no matter here, and need not suit the decisions.
        settings = read.replacing(Settings.outputRoutes, with: .none).replacing(Settings.explain, with: .off)
        if !routed.isEmpty, !["topic", "plan", "from-file"].contains(where: invocation.has) {
            throw UsageError(
                "--topic is needed, for by output.routes results go to \(routed.sorted().joined(separator: ", ")), too"
            )
        }
    }

    func run() throws {
        let report = try report()
        guard report.records > 0 || report.unreadable + report.untagged == 0 else {
            throw InputError(
                "none of \(report.unreadable + report.untagged) records holds a result with scores; output.mode and output.field "
                    + "must be what they were written with, and a file JSON lines"
            )
        }
        if invocation.has("json") {
            try Terminal.json { $0.whatIf(report, settings: changes) }
        } else {
            try Terminal.line(WhatIfTable.text(report))
        }
    }

    private func report() throws -> WhatIfReport {
        let path = invocation.value("from-file")
        let whatIf = try WhatIf(settings: settings, isFile: path != nil)
        let unit = path == nil ? "offsets" : "bytes"
        let done = Done()
        let question = ProgressSignal { Terminal.complain("\(done.count.load(ordering: .relaxed)) \(unit)") }
        defer { withExtendedLifetime(question) {} }
        var display = ProgressLine(unit: unit)
        defer { display.close() }
        func show(_ count: Int64) {
            done.count.store(count, ordering: .relaxed)
            display.show("\(count) \(unit)")
        }
        if let path { return try whatIf.report(onFile: path, progress: show) }
        let topic = settings[Settings.outputTopic]
        let plan = try invocation.replayPlan(settings, of: topic.isEmpty ? nil : topic, namedBy: "output.topic")
        return try whatIf.report(on: plan, progress: show)
    }
}

/// How far it has come, for whoever asks.
private final class Done: Sendable {
    let count = Atomic<Int64>(0)
}
