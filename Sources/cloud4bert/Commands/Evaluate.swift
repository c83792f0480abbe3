// SPDX-License-Identifier: Apache-2.0
import Bert
import Files
import Glibc
import JSON
import Threading
import Training

extension Command {
    static let evaluate = Command(
        name: "evaluate",
        summary: "compare a classifier's labels with those of a file",
        options: [
            Option("test", "FILE", "texts with labels, CSV or JSON lines; may be repeated"),
            Option("threads", "N", "threads to work on; as many as there are cores unless said"),
            Option("json", nil, "one JSON object instead of a table, fractions of 1"),
            Option("predictions", "FILE", "write each text's label and scores as CSV"),
            Option("report", "FILE", "write a page to look at: matrix, reliability, the worst mistakes"),
            Option("min-f1", "F1", "exit with 65 if the weighted F1 of any file is below this fraction"),
        ]
    ) { invocation in
        try invocation.refuseArguments()
        let paths = invocation.values("test")
        guard !paths.isEmpty else { throw UsageError("--test FILE is needed") }
        let threads = try invocation.integer("threads", in: 1...512) ?? Processors.available()
        let least = try invocation.number("min-f1", in: 0...1) ?? 0
        let session = try ModelSession(invocation)
        var reader = DatasetReader()
        let tests = try paths.map {
            try ModelTest(path: $0, model: session.model, threads: threads, by: &reader, encode: session.encoding)
        }
        if let path = invocation.value("predictions") { try PredictionTable.write(tests, of: session.model, to: path) }
        if let path = invocation.value("report") { try TestReport.write(tests, of: session.model, to: path) }
        // A file that is written to standard output is not to be mixed with the figures.
        let files = ["predictions", "report"].compactMap { invocation.value($0) }
        let isTaken = files.contains { Descriptor.named($0) == STDOUT_FILENO }
        if !isTaken {
            if invocation.has("json") {
                try Terminal.json { $0.tests(tests, of: session.model) }
            } else {
                for test in tests { try Terminal.line(TestTable.text(test)) }
            }
        }
        for test in tests where test.evaluation.weighted.f1 < least {
            throw InputError("\(test.path): the weighted F1 is \(test.evaluation.weighted.f1), below \(least)")
        }
    }
}

extension JSONWriter {
    /// The figures of all texts together, and if there are several files, of each.
    fileprivate mutating func tests(_ tests: [ModelTest], of model: Model) {
        object { json in
            json.name("model")
            json.object { json in
                json.name("name")
                json.string(model.name)
                json.name("sha256")
                json.string(model.digest)
            }
            json.figures(Evaluation(labels: model.architecture.labels, tests.flatMap(\.predictions)), tests)
            guard tests.count > 1 else { return }
            json.name("files")
            json.array { json in
                for test in tests {
                    json.object { json in
                        json.name("file")
                        json.string(test.path)
                        json.figures(test.evaluation, [test])
                    }
                }
            }
        }
    }

    private mutating func figures(_ evaluation: Evaluation, _ tests: [ModelTest]) {
        name("texts")
        integer(evaluation.texts)
        name("accuracy")
        number(evaluation.accuracy)
        name("weighted")
        quality(evaluation.weighted)
        name("macro")
        quality(evaluation.macro)
        name("classes")
        object { json in
            for label in evaluation.classes {
                json.name(label.label)
                json.quality(label.quality, support: label.support)
            }
        }
        name("labels")
        array { json in for label in evaluation.labels { json.string(label) } }
        name("confusion")
        array { json in
            for row in evaluation.confusion {
                json.array { json in for count in row { json.integer(count) } }
            }
        }
        name("ece")
        number(evaluation.calibration.expectedError)
        name("texts_per_second")
        number(Double(evaluation.texts) / tests.reduce(0) { $0 + $1.seconds })
        name("tokens_per_second")
        number(Double(tests.reduce(0) { $0 + $1.tokens }) / tests.reduce(0) { $0 + $1.seconds })
    }

    private mutating func quality(_ quality: Evaluation.Quality, support: Int? = nil) {
        object { json in
            json.name("precision")
            json.number(quality.precision)
            json.name("recall")
            json.number(quality.recall)
            json.name("f1")
            json.number(quality.f1)
            guard let support else { return }
            json.name("support")
            json.integer(support)
        }
    }
}
