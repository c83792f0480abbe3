// SPDX-License-Identifier: Apache-2.0
import Bert
public import Configuration
public import Files
import JSON
import Kafka
import Scan
public import Settings
internal import Threading

/// Decides once more on results that are there already, by the scores that they hold: with the worker's own decisions, and
/// without a model.
public struct WhatIf: Sendable {
    /// What says whose a record is.
    private enum Tenants {
        /// No threshold depends on it.
        case none
        /// The record that holds the result: its headers, or the input's own JSON with the result merged in.
        case record
        /// Nothing that is left.
        case lost
    }

    private let settings: Settings
    private let decisions: Decisions
    private let field: [UInt8]?
    private let tenants: Tenants
    /// Records are looked into by so many threads.
    private let threads = Processors.available()

    /// - Parameters:
    ///   - settings: with the thresholds in question, and `output.mode` as the results were written.
    ///   - isFile: whether the results stand in a file, which has no headers.
    /// - Throws: `SettingsError` where thresholds contradict each other, or results hold no scores.
    public init(settings: Settings, isFile: Bool) throws(SettingsError) {
        let mode = settings[Settings.outputMode]
        var problems = settings.decisionProblems()
        if mode == .headers {
            problems.append("output.mode: headers holds the best score alone, and no decision follows from that")
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        self.settings = settings
        // A merged value comes out without the prefix.
        let asked = Decisions(settings: settings)
        decisions = Decisions(rules: asked.rules, tenant: asked.tenant, prefix: .none)
        field = mode.envelopeField(merged: settings[Settings.outputField])
        let isKept = asked.tenant.map { $0.isInJSON ? mode == .merge : !isFile } ?? true
        tenants = !asked.goByTenant ? .none : isKept ? .record : .lost
    }

    /// Decides on all results of a plan's topic. Blocks.
    ///
    /// - Parameter progress: hears how many offsets are behind.
    public func report(
        on plan: ReplayPlan,
        progress: (_ done: Int64) -> Void
    ) throws(WorkerError) -> WhatIfReport {
        let scan = try TopicScan(settings: settings, group: settings[Settings.groupID])
        defer { scan.consumer.close() }
        let reports = PartialReports(threads: threads)
        let bounds = plan.stretches.map {
            (TopicPartition(topic: plan.topic, partition: $0.partition), $0.first..<$0.end)
        }
        var reached: [Int32: Int64] = [:]
        try scan.read(Dictionary(uniqueKeysWithValues: bounds)) { records in
            reports.add { report in for record in records { add(record, to: &report) } }
            for record in records { reached[record.partition] = record.offset + 1 }
            progress(plan.stretches.reduce(0) { $0 + (reached[$1.partition] ?? $1.first) - $1.first })
            return true
        }
        return finished(reports.sum())
    }

    /// Decides on all results of a file of JSON lines, as a replay writes them. Blocks.
    ///
    /// - Parameter progress: hears how many bytes are behind.
    public func report(onFile path: String, progress: (_ bytes: Int64) -> Void) throws(FileError) -> WhatIfReport {
        var blocks = try LineBlocks(path)
        let reports = PartialReports(threads: threads)
        while let block = try blocks.next() {
            let start = blocks.position - Int64(block.count)
            reports.add { report in
                for line in block[...].lines where !line.isEmpty {
                    add(Record(line: start + Int64(line.startIndex), of: "", value: Array(line)), to: &report)
                }
            }
            progress(blocks.position)
        }
        return finished(reports.sum())
    }

    /// Decides on one result.
    func add(_ record: Record, to report: inout WhatIfReport) {
        let value = record.value ?? []
        let envelope: ScoredEnvelope
        do throws(ScoredEnvelope.Failure) {
            envelope = try ScoredEnvelope(value, in: field)
        } catch {
            switch error {
            case .untagged: report.untagged += 1
            case .foreign: report.unreadable += 1
            }
            return
        }
        let tenant = tenants == .record ? decisions.tenant(of: record) : nil
        if tenants == .lost { report.tenantUnknown += 1 }
        // What was not scored is decided by that alone.
        let after =
            envelope.ranking.first.map { best in
                decisions.decision(on: envelope.namedScores, of: tenant)?.rawValue ?? best.label
            } ?? envelope.decision
        let time = record.timestamp?.milliseconds ?? envelope.timestamp
        let day = time.map { Int64((Double($0) / 86_400_000).rounded(.down)) }
        let place = WhatIfReport.Place(partition: record.partition, offset: record.offset)
        report.add(
            WhatIfReport.Move(day: day, before: envelope.decision, after: after),
            labels: envelope.namedScores.lazy.map(\.label),
            at: place
        ) {
            WhatIfReport.Example(
                id: envelope.id,
                label: envelope.ranking.first?.label ?? "",
                score: envelope.ranking.first?.score ?? 0,
                text: envelope.text(in: value),
                place: place
            )
        }
    }

    /// A threshold for a label that no record knows is a slip of the pen, or meant for another model.
    private func finished(_ report: WhatIfReport) -> WhatIfReport {
        var report = report
        if report.records > 0 { report.unknownLabels = decisions.labels.subtracting(report.labels).sorted() }
        return report
    }
}
