// SPDX-License-Identifier: Apache-2.0
import Configuration
import Delivered
import JSON
import Kafka
import Settings
import Worker

extension Command {
    static let audit = Command(
        name: "audit",
        summary: "prove that each input record has one result, in order; exit with 65 if not",
        examples: [
            "--config worker.properties",
            "--input comments --output comments.sentiment --at-least-once",
        ],
        options: [
            Option("input", "TOPIC,…", "a topic that was tagged; or several; input.topics unless said"),
            Option(
                "output",
                "TOPIC,…",
                "a topic of tagged records; or several; output.topic and those of output.routes unless said"
            ),
            Option("dead-letters", "TOPIC,…", "a topic of dead letters; or several; dead.letter.topic if that is set"),
            Option("at-least-once", nil, "count repeats, and what they do to the order, but let them pass"),
            Option("json", nil, "one JSON object instead of a table"),
        ]
    ) { invocation in
        try invocation.refuseArguments()
        let settings = try invocation.settings()
        let audit = try Audit(
            settings: settings,
            inputs: try invocation.list("input"),
            outputs: try invocation.list("output"),
            deadLetters: try invocation.list("dead-letters"),
            isSkippable: Decode(settings: settings).skips,
            comment: EditIdentity(settings: settings)?.ofTagged(by: Decode(settings: settings))
        )
        var display = ProgressLine(unit: "offsets")
        let report = try audit.run { display.show($0, of: $1) }
        display.close()
        let isSound = report.isSound(atLeastOnce: invocation.has("at-least-once"))
        if invocation.has("json") {
            try Terminal.json { $0.audit(report, isSound: isSound) }
        } else {
            try Terminal.line(report.table)
        }
        guard isSound else {
            throw InputError(
                "the topics do not hold what they should: \(report.missing.count) missing, \(report.repeated.count) "
                    + "repeated, \(report.outOfOrder.count) out of order"
            )
        }
    }
}

extension AuditReport {
    fileprivate var table: String {
        let rows: [(name: String, count: Int, remark: String)] = [
            ("records", records, skippable > 0 ? "\(skippable) of them skipped, as the settings have it" : ""),
            ("superseded", superseded, superseded > 0 ? "without a result, with a later version" : ""),
            ("results", results, ""),
            ("dead letters", deadLetters, ""),
            ("missing", missing.count, missing.places),
            ("repeated", repeated.count, repeated.places),
            ("out of order", outOfOrder.count, outOfOrder.places),
            ("replays", replays, replays > 0 ? "the results go back, to what was done again" : ""),
            ("unmatched", unmatched, unmatched > 0 ? "results of records that the input does not hold" : ""),
        ]
        let width = rows.map { "\($0.count)".count }.max() ?? 0
        return rows.map { name, count, remark in
            let number = "\(count)"
            let line = name + String(repeating: " ", count: 14 - name.count + width - number.count) + number
            return remark.isEmpty ? line : "\(line)  \(remark)"
        }.joined(separator: "\n")
    }
}

extension AuditReport.Finding {
    /// `comments[0] 3-7, comments[1] 12`
    fileprivate var places: String {
        let places = ranges.map { range in
            let (first, last) = (range.offsets.lowerBound, range.offsets.upperBound)
            return "\(range.partition) \(first)" + (last > first ? "-\(last)" : "")
        }
        return (places + (isCut ? ["…"] : [])).joined(separator: ", ")
    }
}

extension JSONWriter {
    fileprivate mutating func audit(_ report: AuditReport, isSound: Bool) {
        object { json in
            json.field("sound", isSound)
            let counts = [
                ("records", report.records), ("skipped", report.skippable),
                ("superseded", report.superseded), ("results", report.results),
                ("dead_letters", report.deadLetters), ("unmatched", report.unmatched), ("replays", report.replays),
            ]
            for (name, count) in counts {
                json.field(name, count)
            }
            json.finding("missing", report.missing)
            json.finding("repeated", report.repeated)
            json.finding("out_of_order", report.outOfOrder)
        }
    }

    private mutating func finding(_ name: String, _ finding: AuditReport.Finding) {
        self.name(name)
        object { json in
            json.field("count", finding.count)
            json.name("ranges")
            json.array { json in
                for range in finding.ranges { json.stretch(range) }
            }
            json.field("more", finding.isCut)
        }
    }

    private mutating func stretch(_ range: AuditReport.Stretch) {
        object { json in
            json.field("topic", range.partition.topic)
            json.field("partition", range.partition.partition)
            json.field("first", range.offsets.lowerBound)
            json.field("last", range.offsets.upperBound)
        }
    }
}
