// SPDX-License-Identifier: Apache-2.0
import Delivered
import Files
import Kafka
import Settings
import Training
import Worker

extension Command {
    static let corrections = Command(
        name: "corrections",
        summary: "tell by moderators' verdicts how good results are, and advise thresholds",
        options: [
            Option(
                "output",
                "TOPIC,…",
                "a topic of tagged records; or several; output.topic and output.routes unless said"
            ),
            Option("from", "BOUND", "where in these topics to begin, as replay has it; earliest unless said"),
            Option("to", "BOUND", "where to end; latest, as it is at the start, unless said"),
            Option("precision", "SHARE", "the share of right ones that thresholds are to reach; 0.9 unless said"),
            Option("csv", "FILE", "write the corrected texts with their right labels, as finetune takes them"),
            Option("json", nil, "one JSON object instead of tables"),
        ]
    ) { invocation in
        try invocation.refuseArguments()
        try CorrectionsCommand(invocation).run()
    }
}

/// The corrections as the command line asks for them.
private struct CorrectionsCommand {
    private let corrections: Corrections
    private let path: String?
    private let isJSON: Bool

    init(_ invocation: Invocation) throws {
        let settings = try invocation.settings()
        let decode = Decode(settings: settings)
        let text: @Sendable (Record) -> String? = { decode.text(of: $0) }
        path = invocation.value("csv")
        isJSON = invocation.has("json")
        corrections = try Corrections(
            settings: settings,
            outputs: try invocation.list("output"),
            from: invocation.value("from") ?? "earliest",
            to: invocation.value("to") ?? "latest",
            precision: invocation.number("precision", in: 0.01...0.999) ?? 0.9,
            text: path == nil ? nil : text
        )
    }

    func run() throws {
        var display = ProgressLine(unit: "records")
        let report = try corrections.run { display.show($0, of: $1) }
        display.close()
        if let remark = report.remark { Terminal.complain("--from, --to: \(remark)") }
        if let path { try write(report.examples, to: path) }
        if isJSON {
            try Terminal.json { $0.corrections(report) }
        } else {
            try Terminal.line(report.text)
        }
        guard let path else { return }
        let missing = report.corrected + report.withoutResult - report.examples.count
        let remark = missing > 0 ? "; of \(missing) corrected records the text is not known" : ""
        Terminal.complain("\(path): \(report.examples.count) texts\(remark)")
    }

    private func write(_ examples: [CorrectionReport.Example], to path: String) throws(FileError) {
        let rows = [["text", "label"]] + examples.map { [$0.text, $0.label] }
        let bytes = Array(rows.map(CSV.row).joined().utf8)
        try AtomicFile.write(path) { (file) throws(FileError) in try file.append(bytes) }
    }
}
