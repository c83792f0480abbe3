// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import JSON
import Worker

/// What other thresholds would have made of records, as a table with some of them below it.
enum WhatIfTable {
    static func text(_ report: WhatIfReport) -> String {
        let changes = report.changes
        let share = Double(report.changed) / Double(max(report.records, 1))
        let summary =
            "\(report.changed) of \(report.records) records would be decided otherwise (\(Self.percent(share)))"
        let rows = changes.map { ["\($0.move.date ?? "-")", $0.move.before, $0.move.after, "\($0.row.count)"] }
        let table =
            rows.isEmpty ? [] : ["", TextTable.text([["day", "before", "after", "records"]] + rows).printableLines]
        return ([summary] + table + changes.flatMap(examples) + notes(report)).joined(separator: "\n")
    }

    private static func examples(_ move: WhatIfReport.Move, _ row: WhatIfReport.Row) -> [String] {
        let heading = "\(move.date ?? "-"), \(move.before) → \(move.after):".printable
        let rows = row.examples.map { example in
            "    \(example.id)  \(example.label)  \(example.score)\(example.text.map { "  \($0)" } ?? "")".printable
        }
        return ["", heading] + rows
    }

    /// What the table does not tell, a line each.
    private static func notes(_ report: WhatIfReport) -> [String] {
        let notes: [(count: Int, text: String)] = [
            (report.untagged, "lines were not tagged, and have nothing to decide by"),
            (
                report.unreadable,
                "records hold no result that can be read; output.mode and output.field must be what they were written with"
            ),
            (
                report.tenantUnknown,
                "results do not hold what decision.by points to; the thresholds of all were taken for them"
            ),
        ]
        let labels = report.unknownLabels.map { "no record has a score for the label '\($0)', which a threshold names" }
        let lines = notes.filter { $0.count > 0 }.map { "\($0.count) \($0.text)" } + labels.map(\.printable)
        return lines.isEmpty ? [] : [""] + lines
    }

    private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }
}

extension String {
    fileprivate var printableLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}

extension WhatIfReport.Move {
    /// The day as ISO 8601 writes it; nil where it is none of the years from 0 to 9999.
    fileprivate var date: String? {
        // Foundation ends the process over a date some hundred million years off.
        guard let day, (-719_528..<2_932_897).contains(day) else { return nil }
        return Date(timeIntervalSince1970: Double(day) * 86_400).formatted(.iso8601.year().month().day())
    }
}

extension JSONWriter {
    /// The same as an object; moves that change nothing stand there too, without examples.
    mutating func whatIf(_ report: WhatIfReport, settings: [(key: String, value: String)]) {
        object { json in
            json.name("settings")
            json.object { json in for (key, value) in settings { json.field(key, value) } }
            let counts = [
                ("records", report.records), ("changed", report.changed), ("untagged", report.untagged),
                ("unreadable", report.unreadable), ("tenant_unknown", report.tenantUnknown),
            ]
            for (name, count) in counts { json.field(name, count) }
            json.name("unknown_labels")
            json.array { json in for label in report.unknownLabels { json.string(label) } }
            json.name("moves")
            json.array { json in for (move, row) in report.moves { json.move(move, row) } }
        }
    }

    private mutating func move(_ move: WhatIfReport.Move, _ row: WhatIfReport.Row) {
        object { json in
            json.name("day")
            if let date = move.date { json.string(date) } else { json.null() }
            json.field("before", move.before)
            json.field("after", move.after)
            json.field("count", row.count)
            json.name("examples")
            json.array { json in
                for example in row.examples {
                    json.object { json in
                        json.field("id", example.id)
                        json.field("label", example.label)
                        json.field("score", example.score)
                        if let text = example.text { json.field("text", text) }
                    }
                }
            }
        }
    }
}
