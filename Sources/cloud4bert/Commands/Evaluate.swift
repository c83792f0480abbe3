// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
import Glibc
import Threading
import Training

extension Command {
    static let evaluate = Command(
        name: "evaluate",
        summary: "compare a classifier's labels with those of files",
        options: [
            Option(
                "test",
                "FILE",
                "texts with labels, CSV or JSON lines; may be repeated, for a table with their mean"
            ),
            Option(
                "compare",
                "DIR",
                "another model, put to the same tests: where the two differ, and whether by chance"
            ),
            Option(
                "cases",
                "FILE",
                "cases of behaviour, JSON lines with \"kind\", \"text\", and \"label\", or \"group\" where texts must get the same one"
            ),
            Option("failures", "N", "how many failures of each kind of case to print; 5 unless said"),
            Option("threads", "N", "threads to work on; as many as there are cores unless said"),
            Option("json", nil, "one JSON object instead of tables, fractions of 1"),
            Option("predictions", "FILE", "write each text's label and scores as CSV"),
            Option("report", "FILE", "write a page to look at: matrix, reliability, the worst mistakes"),
            Option("min-f1", "F1", "exit with 65 if the weighted F1 of any file is below this fraction"),
        ]
    ) { invocation in
        try invocation.refuseArguments()
        let paths = invocation.values("test")
        let cases = invocation.value("cases")
        guard !paths.isEmpty || cases != nil else { throw UsageError("--test FILE or --cases FILE is needed") }
        for option in ["compare", "predictions", "report", "min-f1"] where paths.isEmpty && invocation.has(option) {
            throw UsageError("--\(option) is about tests; --test FILE is needed")
        }
        guard cases != nil || !invocation.has("failures") else { throw UsageError("--failures goes with --cases FILE") }
        let threads = try invocation.integer("threads", in: 1...512) ?? Processors.available()
        let least = try invocation.number("min-f1", in: 0...1) ?? 0
        let failures = try invocation.integer("failures", in: 0...1_000_000) ?? 5
        let session = try ModelSession(invocation)
        var reader = DatasetReader()
        func tests(_ session: ModelSession) throws -> [ModelTest] {
            try paths.map {
                try ModelTest(path: $0, model: session.model, threads: threads, by: &reader, encode: session.encoding)
            }
        }
        var results = EvaluationResults(model: session.model, tests: try tests(session))
        if let directory = invocation.value("compare") {
            let other = try session.with(modelAt: directory)
            let (labels, others) = (session.model.labels, other.model.labels)
            guard labels == others else {
                throw InputError(
                    "--compare \(directory): knows the labels \(others.joined(separator: ", ")), not "
                        + labels.joined(separator: ", ")
                )
            }
            results.compare(with: other.model, try tests(other))
        }
        results.behaviour = try cases.map {
            try BehaviourTest(path: $0, model: session.model, threads: threads, encode: session.encoding)
        }
        if let path = invocation.value("predictions") {
            try PredictionTable.write(results.tests, of: session.model, to: path)
        }
        if let path = invocation.value("report") { try TestReport.write(results, to: path) }
        // A file that is written to standard output is not to be mixed with the figures.
        let files = ["predictions", "report"].compactMap { invocation.value($0) }
        let isTaken = files.contains { Descriptor.named($0) == STDOUT_FILENO }
        if !isTaken {
            if invocation.has("json") {
                try Terminal.json { $0.evaluation(results, failures: failures) }
            } else {
                for table in TestTable.texts(results) { try Terminal.line(table) }
                if let behaviour = results.behaviour {
                    try Terminal.line(
                        BehaviourTable.text(behaviour, labels: session.model.labels, failures: failures)
                    )
                }
            }
        }
        for test in results.tests where test.evaluation.weighted.f1 < least {
            throw InputError("\(test.path): the weighted F1 is \(test.evaluation.weighted.f1), below \(least)")
        }
    }
}
