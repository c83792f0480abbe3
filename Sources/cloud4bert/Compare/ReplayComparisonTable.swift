// SPDX-License-Identifier: Apache-2.0
import Foundation
import Worker

/// What two models say of the same records, as tables.
enum ReplayComparisonTable {
    static func text(_ result: ReplayComparison) -> String {
        let comparison = result.comparison
        return [
            heading(result), flips(comparison), sides(comparison), periods(comparison), drifts(comparison),
            texts(result), movers(comparison),
        ].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private static func heading(_ result: ReplayComparison) -> String {
        let comparison = result.comparison
        let others = [
            (comparison.onlyBefore, "scored by A alone"), (comparison.onlyAfter, "scored by B alone"),
            (comparison.unscored, "scored by neither"),
        ].filter { $0.0 > 0 }.map { "; \($0.0) \($0.1)" }.joined()
        return """
            A is \(name(result.first))
            B is \(name(result.second))
            \(comparison.agreeing) of \(comparison.records) records get the same label \
            (\(percent(comparison.agreement)))\(others)
            """
    }

    private static func name(_ subject: ReplayComparison.Subject) -> String {
        let digest = subject.digest.map { " (\($0.prefix(12)))" } ?? ", as it is there"
        return subject.name.printable + digest + (subject.speed.map { String(format: ", %.0f records/s", $0) } ?? "")
    }

    private static func flips(_ comparison: ModelComparison) -> String {
        let rows = zip(comparison.labels, comparison.flips).map { [$0.printable] + $1.map { "\($0)" } }
        return TextTable.text([["A \\ B"] + comparison.labels.map(\.printable)] + rows)
    }

    private static func sides(_ comparison: ModelComparison) -> String {
        let (a, b) = (comparison.before, comparison.after)
        var rows = comparison.labels.enumerated().map { index, label in
            [
                label.printable, share(a.counts.labels[index], comparison.records),
                share(b.counts.labels[index], comparison.records),
            ]
        }
        let isEstimated = a.quality.isMeaningful && b.quality.isMeaningful
        if isEstimated {
            rows.append(["accuracy, estimated", percent(a.quality.accuracy), percent(b.quality.accuracy)])
            rows.append(["weighted F1, estimated", percent(a.quality.weightedF1), percent(b.quality.weightedF1)])
        }
        let drifts = [drift("labels", comparison.drift.labels), drift("confidence", comparison.drift.confidence)]
        let notes = isEstimated ? ["estimated: by each one's own scores, as far as they are calibrated"] : []
        return ([TextTable.text([["", "A", "B"]] + rows)] + notes + drifts).joined(separator: "\n")
    }

    private static func drift(_ name: String, _ stability: PopulationStability) -> String {
        "PSI of \(name)" + String(format: " %.4f", stability.index) + ", which is \(stability.drift.rawValue) drift"
    }

    private static func periods(_ comparison: ModelComparison) -> String {
        let (isByDay, periods) = comparison.periods
        guard periods.count > 1 else { return "" }
        let heads = comparison.labels.flatMap { ["\($0) A".printable, "B"] }
        let rows = periods.map { period in
            let all = period.before.records
            let shares = zip(period.before.labels, period.after.labels).flatMap { [share($0, all), share($1, all)] }
            return [ReplayComparison.time(ofHour: Double(period.hour), isDay: isByDay) ?? "-", "\(all)"] + shares
        }
        return TextTable.text([["from", "records"] + heads] + rows)
    }

    /// How far each period lies from the first.
    private static func drifts(_ comparison: ModelComparison) -> String {
        let (isByDay, periods) = comparison.periods
        guard let first = periods.first, periods.count > 1 else { return "" }
        let rows = periods.dropFirst().map { period in
            let (a, b) = (period.before.drift(from: first.before), period.after.drift(from: first.after))
            let indices = [a.labels, b.labels, a.confidence, b.confidence].map { String(format: "%.4f", $0.index) }
            return [ReplayComparison.time(ofHour: Double(period.hour), isDay: isByDay) ?? "-"] + indices
        }
        return TextTable.text([["from", "PSI of labels A", "B", "of confidence A", "B"]] + rows)
            + "\nPSI: against the first \(isByDay ? "day" : "hour"); with few records, chance alone makes it large"
    }

    private static func texts(_ result: ReplayComparison) -> String {
        guard let drift = result.textDrift else { return "" }
        let classifier = drift.classifier
        return "domain classifier: AUC "
            + String(format: "%.3f (by chance 0.5 ± %.3f)", classifier.auc, classifier.standardError)
            + ", which is \(classifier.drift.rawValue) drift: so well are texts before and from "
            + "\(result.middle ?? "the middle") on told apart, of \(classifier.rows); at 0.5 they look alike"
    }

    private static func movers(_ comparison: ModelComparison) -> String {
        guard !comparison.movers.isEmpty else { return "" }
        let rows = comparison.movers.map { mover in
            let scores = [mover.before, mover.after].map { $0.label + String(format: " %.4f", $0.score) }
            let text = mover.text.map { "  \($0)" } ?? ""
            return "    \(mover.id)  \(scores.joined(separator: " → "))\(text)".printable
        }
        return (["moved most:"] + rows).joined(separator: "\n")
    }

    private static func share(_ count: Int, _ all: Int) -> String { percent(Double(count) / Double(max(all, 1))) }
    private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
}
