// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Files
import Glibc
import Settings
import Worker

/// `replay --compare` and `--compare-topic`: what two models say of the same records.
struct CompareCommand {
    private let invocation: Invocation
    private let settings: Settings
    /// The same, with results as they are compared.
    private let own: Settings
    private let choice: Replay.Choice

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let others = ["to-file", "to-topic", "to-stdout", "resume", "dry-run"]
        try invocation.refuse(others) { "\($0) is about results, and a comparison keeps none" }
        if invocation.has("compare") {
            try invocation.refuse(["compare-topic"]) { "--compare and \($0) are two things to compare with" }
        }
        let isFile = invocation.has("from-file")
        if isFile { try invocation.refuseTopicOptions(["keys"]) }
        settings = try invocation.settings()
        // Read once: a pipe has nothing more for a second time.
        let compared = settings.replacing(Settings.outputMode, with: .envelope)
            .replacing(Settings.outputRoutes, with: .none)
            // Nothing of it is looked at, and it may take more encodings than all else.
            .replacing(Settings.explain, with: .off)
        own = isFile ? compared.replacing(Settings.inputPrefix, with: .none) : compared
        choice = try invocation.replayChoice()
    }

    func run() async throws {
        let model = try Model(settings: own, environment: Environment.all)
        let plan = try invocation.replayInput(own)
        let result: ReplayComparison
        if let topic = invocation.value("compare-topic") {
            result = try await compare(model, withResultsIn: topic, on: plan)
        } else {
            result = try await compare(model, withModelIn: invocation.value("compare") ?? "", on: plan)
        }
        let comparison = result.comparison
        guard comparison.records > 0 || comparison.onlyBefore + comparison.onlyAfter == 0 else {
            throw InputError(
                "no record was scored by both: \(comparison.onlyBefore) by \(result.first.name) alone, "
                    + "\(comparison.onlyAfter) by \(result.second.name) alone"
            )
        }
        if let path = invocation.value("report") {
            let page = Array(ComparisonPage.text(result).utf8)
            try AtomicFile.write(path) { (file) throws(FileError) in try file.append(page) }
            // A page on standard output is not to be mixed with tables.
            if Descriptor.named(path) == STDOUT_FILENO { return }
        }
        if invocation.has("json") {
            try Terminal.json { $0.comparison(result) }
        } else {
            try Terminal.line(ReplayComparisonTable.text(result))
        }
    }

    /// Tags with both models.
    private func compare(
        _ first: Model,
        withModelIn directory: String,
        on plan: ReplayPlan
    ) async throws -> ReplayComparison {
        guard !plan.isOpen else {
            throw UsageError("--compare reads the records twice, and \(plan.topic) can be read once; make it a file")
        }
        let second = try Model(directory: directory, beside: first, settings: settings)
        let (labels, others) = (first.labels, second.labels)
        guard Set(labels) == Set(others) else {
            throw InputError(
                "--compare \(directory): knows the labels \(others.joined(separator: ", ")), not "
                    + labels.joined(separator: ", ")
            )
        }
        let table = ScoreTableSink(labels: labels)
        let firstSpeed = try await tag(first, plan, to: table)
        let sink = ComparisonSink(table.table)
        let secondSpeed = try await tag(second, plan, to: sink)
        return ReplayComparison(
            input: plan.topic,
            first: ReplayComparison.Subject(first, speed: firstSpeed),
            second: ReplayComparison.Subject(second, speed: secondSpeed),
            comparison: sink.comparison,
            textDrift: sink.textDrift(of: first),
            isFile: plan.isFile
        )
    }

    /// Tags with the model, beside results that are there.
    private func compare(
        _ model: Model,
        withResultsIn topic: String,
        on plan: ReplayPlan
    ) async throws -> ReplayComparison {
        var display = ProgressLine(unit: "results")
        let labels = model.labels
        let table = try ScoreTable(topic: topic, settings: settings, labels: labels) { display.show("\($0) results") }
        display.close()
        guard table.count > 0 else {
            throw InputError(
                "--compare-topic \(topic): holds no result with the labels \(labels.joined(separator: ", ")); "
                    + "output.mode and output.field must be what they were written with"
            )
        }
        let sink = ComparisonSink(table)
        let speed = try await tag(model, plan, to: sink)
        return ReplayComparison(
            input: plan.topic,
            first: ReplayComparison.Subject(name: topic),
            second: ReplayComparison.Subject(model, speed: speed),
            comparison: sink.comparison,
            textDrift: sink.textDrift(of: model),
            isFile: plan.isFile
        )
    }

    /// - Returns: records a second.
    private func tag(_ model: Model, _ plan: ReplayPlan, to sink: any ReplaySink) async throws -> Double {
        let start = ReplayProgress(plan: plan, model: model.digest)
        let display = ReplayDisplay(from: start)
        let (question, stop) = (ProgressSignal { display.tell() }, ReplayStop())
        defer { withExtendedLifetime((question, stop)) { display.close() } }
        let replay = try Replay(settings: own, model: model, choice: choice)
        let began = ContinuousClock.now
        let end = try await replay.run(from: start, to: sink, until: stop.signal) { display.show($0) }
        guard end.isComplete else {
            throw Interrupted(message: "stopped after \(end.records) records", exitCode: stop.exitCode)
        }
        return Double(end.records) / max((ContinuousClock.now - began) / .seconds(1), 1e-6)
    }
}
