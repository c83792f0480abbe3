// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Glibc
import Settings
import Worker

extension Command {
    static let replay = Command(
        name: "replay",
        summary: "tag what topics hold already: to a file, a topic or standard output, without touching any group",
        examples: [
            "--topic comments --from -7d --to-file week.jsonl --resume week.progress",
            "--from-file comments.csv --to-stdout",
        ],
        options: [
            Option("topic", "TOPIC", "the topic to read; the one of input.topics unless said"),
            Option(
                "from",
                "BOUND",
                "where to begin: earliest, latest, an offset, milliseconds since 1970, an ISO 8601 time, or a time ago as -2h; earliest unless said"
            ),
            Option("to", "BOUND", "where to end, before that record; latest, as it is at the start, unless said"),
            Option("partitions", "N,…", "only these partitions"),
            Option(
                "plan",
                "FILE",
                "the offsets to read, as --dry-run has written them, in place of the bounds",
                dash: standardInput
            ),
            Option("dry-run", nil, "write the plan of offsets to standard output, and read nothing"),
            Option("rate", "N", "records a second, at most"),
            Option("sample", "SHARE", "this share of the records, the same ones in each run"),
            Option("keys", "FILE", "only records with these keys, one a line", dash: standardInput),
            Option("to-file", "FILE", "write JSON lines, or CSV where the name ends in .csv", dash: standardOutput),
            Option("to-topic", "TOPIC", "publish results there, dead letters to dead.letter.topic"),
            Option("to-stdout", nil, "write JSON lines to standard output; so it is where nothing else is said"),
            Option("resume", "FILE", "keep there how far it came, and go on from there if that is kept already"),
            Option(
                "what-if",
                "KEY=VALUE",
                "tag nothing, and tell how many results that are there would be decided otherwise with this decision.* setting, such as decision.hold=negative:0.85; may be repeated; --topic is output.topic unless said"
            ),
            Option(
                "from-file",
                "FILE",
                "read a file in place of a topic: JSON lines, CSV with a header, or a text a line, by its name or its first line; - is standard input; --what-if: results as JSON lines",
                dash: standardInput
            ),
            Option(
                "compare",
                "DIR",
                "tag the records with another model, too, and tell where and how far the two differ"
            ),
            Option(
                "compare-topic",
                "TOPIC",
                "compare with the results that are in that topic already, by their ids, and tag with one model"
            ),
            Option(
                "report",
                "FILE",
                "--compare, --compare-topic: write a page to decide by, too",
                dash: standardOutput
            ),
            Option("json", nil, "--what-if, --compare, --compare-topic: one JSON object instead of tables"),
        ]
    ) { invocation in
        try invocation.refuseArguments()
        try invocation.refuseSameFile(["to-file", "report", "resume"], as: ["from-file", "plan", "keys", "config"])
        if invocation.has("what-if") {
            try WhatIfCommand(invocation).run()
        } else if invocation.has("compare") || invocation.has("compare-topic") {
            try await CompareCommand(invocation).run()
        } else {
            try invocation.refuse(["json"]) { "\($0) goes with --what-if, --compare or --compare-topic" }
            try invocation.refuse(["report"]) { "\($0) goes with --compare or --compare-topic" }
            try await ReplayCommand(invocation).run()
        }
    }
}

private let (standardInput, standardOutput) = ("/dev/stdin", "/dev/stdout")

/// A replay as the command line asks for it.
private struct ReplayCommand {
    private let invocation: Invocation
    private let settings: Settings

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let places = ["to-file", "to-topic", "to-stdout"].filter(invocation.has)
        guard places.count <= 1 else {
            throw UsageError("--\(places[0]) and --\(places[1]) are two places for results")
        }
        // All results of a replay are for one place.
        var own = invocation.value("to-topic").map { [("output.topic", $0), ("output.routes", "")] } ?? []
        if invocation.has("from-file") {
            try invocation.refuseTopicOptions(["keys", "dry-run"])
            // That stands before what is in a topic.
            own.append(("input.prefix", "none"))
        }
        settings = try invocation.settings(with: own)
        if !invocation.has("to-topic"), ![.envelope, .merge].contains(settings[Settings.outputMode]) {
            throw UsageError("output.mode: files hold envelope or merge; headers and events are for topics")
        }
    }

    func run() async throws {
        let kept = invocation.value("resume")
        let earlier = try kept.flatMap { access($0, F_OK) == 0 ? try ReplayProgress(path: $0) : nil }
        if let earlier { try check(earlier, keptIn: kept ?? "") }
        let plan = try earlier?.plan ?? invocation.replayInput(settings)
        if let target = invocation.value("to-topic"), target == plan.topic, !plan.isFile {
            throw UsageError("--to-topic \(target): is the topic that is read; results need another one")
        }
        if let kept, plan.isOpen {
            throw UsageError("--resume \(kept): needs a file that can be read again, which \(plan.topic) is not")
        }
        if invocation.has("dry-run") { return try Terminal.write(plan.json) }
        let display = ReplayDisplay(from: earlier ?? ReplayProgress(plan: plan, model: ""))
        let question = ProgressSignal { display.tell() }
        defer { withExtendedLifetime(question) {} }
        let model = try Model(settings: settings, environment: Environment.all)
        var start = earlier ?? ReplayProgress(plan: plan, model: model.digest)
        start.options = start.options ?? asked
        if start.model != model.digest { throw ReplayError.otherModel(path: kept ?? "") }
        if start.isComplete, earlier != nil { return report(start, "done before") }
        let replay = try Replay(settings: settings, model: model, choice: invocation.replayChoice())
        let sink = try sink(from: start)
        let stop = ReplayStop()
        let end = try await replay.run(from: start, to: sink, until: stop.signal) { progress in
            if let kept { try progress.write(kept) }
            display.show(progress)
        }
        display.close()
        guard end.isComplete else {
            throw Interrupted(
                message: "stopped after \(end.records) records"
                    + (kept.map { "; the same command goes on from there, by \($0)" } ?? ""),
                exitCode: stop.exitCode
            )
        }
        report(end, "done")
    }

    /// What decides which records have which results, and where these go.
    private var asked: [String: String] {
        let options = [
            "topic", "from", "to", "partitions", "plan", "from-file", "sample", "keys", "to-file", "to-topic",
        ]
        return Dictionary(
            uniqueKeysWithValues: options.compactMap { option in
                invocation.value(option).map { (option, $0) }
            }
        )
    }

    private func check(_ earlier: ReplayProgress, keptIn path: String) throws {
        let plan = earlier.plan
        for (option, value) in asked.sorted(by: { $0.key < $1.key }) {
            guard let options = earlier.options, options[option] != value else { continue }
            throw ReplayError.otherOption(path: path, option: option, value: options[option])
        }
        if let file = invocation.value("from-file") {
            guard plan.isFile, plan.topic == file else { throw ReplayError.otherInput(path: path, input: plan.topic) }
        } else if plan.isFile {
            throw ReplayError.otherInput(path: path, input: plan.topic)
        }
        try plan.checkInput(settings: settings)
    }

    private func sink(from start: ReplayProgress) throws -> any ReplaySink {
        if invocation.has("to-topic") { return try TopicReplaySink(settings: settings) }
        guard let path = invocation.value("to-file") else {
            return try FileReplaySink(standardOutput, format: .json, from: 0)
        }
        return try FileReplaySink(path, format: path.hasSuffix(".csv") ? .csv : .json, from: start.bytes)
    }

    private func report(_ progress: ReplayProgress, _ what: String) {
        Terminal.complain("\(what): \(ReplayDisplay.text(progress))")
    }
}
