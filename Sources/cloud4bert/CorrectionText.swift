// SPDX-License-Identifier: Apache-2.0
import Delivered
import Foundation
import JSON

extension CorrectionReport {
    /// The report as tables.
    var text: String {
        let counts: [(String, Int)] = [
            ("corrections", corrections), ("malformed", malformed), ("withdrawn", withdrawn), ("refused", refused),
            ("results", results), ("not tagged", untagged), ("corrected", corrected),
            ("results without a correction", withoutCorrection),
            ("corrections without a result", withoutResult),
        ]
        let quality = [["", "precision", "95 %", "of", "recall", "95 %", "of"]]
        let pairs = confusion.prefix(Self.maxRows).map { [$0.said ?? "-", $0.right, "\($0.count)"] }
        let unknown = unknownLabels.prefix(Self.maxRows).map { label in
            [label.name, "\(label.count)"] + (label.meant.map { ["did you mean \($0)?"] } ?? [])
        }
        let sections = [
            TextTable.text(counts.map { [$0.0, "\($0.1)"] }),
            unknown.isEmpty
                ? nil
                : "Refused, for the results have no such label:\n"
                    + TextTable.text([["label", "corrections"]] + unknown)
                    + Self.more(unknownLabels.count, "labels"),
            TextTable.text(quality + labels.map(\.cells) + [["all", agreement.number] + agreement.rest]),
            decisions.isEmpty ? nil : TextTable.text(quality + decisions.map(\.cells)),
            TextTable.text([["said", "right", "records"]] + pairs)
                + Self.more(confusion.count, "pairs"),
            "For a precision of \(wantedPrecision):\n"
                + TextTable.text(
                    [["", "threshold", "precision", "95 %", "of", "recall", "of all results"]] + advice.map(\.cells)
                ),
            Self.caution,
        ]
        return sections.compactMap(\.self).joined(separator: "\n\n")
    }

    /// What figures of corrections cannot say.
    fileprivate static let caution =
        "Corrections are of what moderators saw, and not of all results alike: "
        + "where they look at what was held more than at what passed, recall is overestimated, and precision is that of "
        + "what they looked at."
    private static let maxRows = 30

    /// What a table of so many rows leaves out.
    private static func more(_ count: Int, _ what: String) -> String {
        count > maxRows ? "\n… \(count - maxRows) more \(what)" : ""
    }
}

extension CorrectionReport.Quality {
    fileprivate var cells: [String] {
        [name, precision.number] + precision.rest + (recall.map { [$0.number] + $0.rest } ?? ["-"])
    }
}

extension Proportion {
    fileprivate var number: String { share.map(Self.number) ?? "-" }

    /// The interval, and of how many the share is.
    fileprivate var rest: [String] {
        [interval.map { "\(Self.number($0.lowerBound))-\(Self.number($0.upperBound))" } ?? "-", "\(total)"]
    }

    private static func number(_ share: Double) -> String { String(format: "%.3f", share) }
}

extension ThresholdAdvice {
    fileprivate var cells: [String] {
        switch answer {
        case .from(let thousandths, let precision, let recall, let taken):
            [label, String(format: "%.3f", Double(thousandths) / 1_000), precision.number] + precision.rest
                + [recall.number, taken.number]
        case .tooFew(let count, let needed): [label, "too few: \(count) of the \(needed) that could show it"]
        case .notReached: [label, "not reached"]
        }
    }
}

extension JSONWriter {
    /// A report of corrections as an object.
    mutating func corrections(_ report: CorrectionReport) {
        object { json in
            for (name, count) in [
                ("corrections", report.corrections), ("malformed", report.malformed), ("withdrawn", report.withdrawn),
                ("refused", report.refused), ("results", report.results), ("not_tagged", report.untagged),
                ("corrected", report.corrected),
                ("results_without_correction", report.withoutCorrection),
                ("corrections_without_result", report.withoutResult),
            ] {
                json.field(name, count)
            }
            json.name("refused_labels")
            json.array { json in report.unknownLabels.forEach { json.unknownLabel($0) } }
            json.proportion("accuracy", report.agreement)
            json.qualities("labels", report.labels)
            json.qualities("decisions", report.decisions)
            json.name("confusion")
            json.array { json in report.confusion.forEach { json.confusion($0) } }
            json.field("wanted_precision", report.wantedPrecision)
            json.name("thresholds")
            json.object { json in report.advice.forEach { json.advice($0) } }
            json.field("note", CorrectionReport.caution)
        }
    }

    private mutating func qualities(_ name: String, _ qualities: [CorrectionReport.Quality]) {
        self.name(name)
        object { json in
            for quality in qualities {
                json.name(quality.name)
                json.object { json in
                    json.proportion("precision", quality.precision)
                    if let recall = quality.recall { json.proportion("recall", recall) }
                }
            }
        }
    }

    private mutating func proportion(_ name: String, _ proportion: Proportion) {
        self.name(name)
        object { json in
            json.field("count", proportion.count)
            json.field("of", proportion.total)
            guard let share = proportion.share, let interval = proportion.interval else { return }
            json.field("share", share)
            json.field("low", interval.lowerBound)
            json.field("high", interval.upperBound)
        }
    }

    private mutating func unknownLabel(_ label: CorrectionReport.UnknownLabel) {
        object { json in
            json.field("label", label.name)
            json.field("count", label.count)
            if let meant = label.meant { json.field("did_you_mean", meant) }
        }
    }

    private mutating func confusion(_ pair: CorrectionReport.Confusion) {
        object { json in
            json.name("said")
            if let said = pair.said { json.string(said) } else { json.null() }
            json.field("right", pair.right)
            json.field("count", pair.count)
        }
    }

    private mutating func advice(_ advice: ThresholdAdvice) {
        name(advice.label)
        object { json in
            switch advice.answer {
            case .from(let thousandths, let precision, let recall, let taken):
                json.field("threshold", Double(thousandths) / 1_000)
                json.proportion("precision", precision)
                json.proportion("recall", recall)
                json.proportion("taken", taken)
            case .tooFew(let count, let needed):
                json.field("too_few", count)
                json.field("needed", needed)
            case .notReached:
                json.field("reached", false)
            }
        }
    }
}
