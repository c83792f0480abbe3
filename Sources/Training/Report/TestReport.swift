// SPDX-License-Identifier: Apache-2.0
internal import Bert
public import Files

/// The page of a model's tests: the files side by side, how another model compares, and for each file the figures, the
/// confusion matrix, how reliable the scores are, and the mistakes that the model was surest of.
public enum TestReport {
    private static let mistakes = 40

    /// Writes the page.
    public static func write(_ results: EvaluationResults, to path: String) throws(FileError) {
        let model = results.model
        let comparison = results.comparison.map { ($0.other.name, $0.other.digest, $0.comparison) }
        let page = Array(page(results.tests, name: model.name, digest: model.digest, comparison).utf8)
        try AtomicFile.write(path) { (file) throws(FileError) in try file.append(page) }
    }

    static func page(
        _ tests: [ModelTest],
        name: String,
        digest: String,
        _ comparison: (name: String, digest: String, Comparison)? = nil
    ) -> String {
        HTML.page(
            title: "How well \(name) does",
            body: "<p class=\"soft\">Weights \(HTML.escaped(String(digest.prefix(16)))).</p>"
                + (tests.count > 1 ? overview(tests) : "")
                + (comparison.map { compared($0.name, $0.digest, $0.2) } ?? "")
                + tests.map(section).joined(separator: "\n")
        )
    }

    /// A row for each file, and the mean.
    private static func overview(_ tests: [ModelTest]) -> String {
        func row(_ name: String, _ texts: String, _ figures: KeyFigures) -> String {
            "<tr><th>\(HTML.escaped(name))</th><td>\(texts)</td>"
                + figures.all.map { "<td>\(percent($0.value))</td>" }.joined() + "</tr>"
        }
        let mean = KeyFigures(meanOf: tests.map(\.evaluation))
        let rows = tests.map { row($0.path, "\($0.evaluation.texts)", KeyFigures($0.evaluation)) }
        return "<section><h2>All files</h2><div class=\"scroll\"><table><thead><tr><th></th><th>texts</th>"
            + mean.all.map { "<th>\(HTML.escaped($0.name))</th>" }.joined()
            + "</tr></thead><tbody>\(rows.joined())\(row("mean", "", mean))</tbody></table></div></section>"
    }

    private static func compared(_ name: String, _ digest: String, _ comparison: Comparison) -> String {
        func cells(_ counts: Comparison.Counts) -> String {
            [
                "\(counts.texts)", percent(counts.agreement), "\(counts.onlyFirstRight)", "\(counts.onlySecondRight)",
                HTML.figure(counts.pValue, digits: 4),
            ].map { "<td>\($0)</td>" }.joined()
        }
        func cells(_ differences: Comparison.Differences) -> String {
            [differences.weightedF1, differences.macroRecall].map { interval in
                let (low, high) = (
                    HTML.figure(interval.low * 100, digits: 1), HTML.figure(interval.high * 100, digits: 1)
                )
                return "<td>\(HTML.figure(interval.difference * 100, digits: 1)) [\(low), \(high)]</td>"
            }.joined()
        }
        let files = comparison.files.map { file in
            "<tr><th>\(HTML.escaped(file.path))</th>\(cells(file.counts))\(cells(file.differences))</tr>"
        }
        let mean = "<tr><th>mean</th>" + String(repeating: "<td></td>", count: 5) + "\(cells(comparison.mean))</tr>"
        let all = "<tr><th>all texts</th>\(cells(comparison.counts))<td></td><td></td></tr>"
        return """
            <section><h2>Compared with \(HTML.escaped(name)), weights \(HTML.escaped(String(digest.prefix(16))))</h2>
            <div class="scroll"><table><thead><tr><th></th><th>texts</th><th>agree</th><th>only this right</th>
            <th>only the other right</th><th>p</th><th>weighted F1, points more</th><th>macro recall, points more</th></tr>
            </thead><tbody>\(files.joined(separator: "\n"))\(files.count > 1 ? mean + all : "")</tbody></table></div>
            <p class="soft">p is the probability of such a difference between models that are equally good, by McNemar's exact
            test; in brackets are the bounds of 95 % of \(Comparison.samples) bootstrap samples.</p></section>
            """
    }

    private static func section(_ test: ModelTest) -> String {
        let evaluation = test.evaluation
        let tiles = [
            ("weighted F1", percent(evaluation.weighted.f1)), ("accuracy", percent(evaluation.accuracy)),
            ("macro F1", percent(evaluation.macro.f1)), ("macro recall", percent(evaluation.macro.recall)),
            ("calibration error", percent(evaluation.calibration.expectedError)), ("texts", "\(evaluation.texts)"),
        ].map { "<div><b>\($1)</b><span>\($0)</span></div>" }
        return """
            <section><h2>\(HTML.escaped(test.path))</h2>
            <div class="tiles">\(tiles.joined())</div>
            \(qualities(evaluation))
            <h3>What the texts are, and what they are said to be</h3>
            \(matrix(evaluation))
            <h3>How often a score is right</h3>
            \(ReliabilityChart(calibration: evaluation.calibration).html)
            <h3>The surest mistakes</h3>
            \(worst(test))
            </section>
            """
    }

    private static func qualities(_ evaluation: Evaluation) -> String {
        let rows = evaluation.classes.map { label in
            let figures = [label.quality.precision, label.quality.recall, label.quality.f1]
            return "<tr><th>\(HTML.escaped(label.label))</th>"
                + figures.map { "<td>\(percent($0))</td>" }.joined() + "<td>\(label.support)</td></tr>"
        }
        return "<div class=\"scroll\"><table><thead><tr><th></th><th>precision</th><th>recall</th><th>F1</th>"
            + "<th>texts</th></tr></thead><tbody>\(rows.joined())</tbody></table></div>"
    }

    /// Each cell as dark as its share of the row.
    private static func matrix(_ evaluation: Evaluation) -> String {
        let head = evaluation.labels.map { "<th>\(HTML.escaped($0))</th>" }.joined()
        let rows = zip(evaluation.labels, evaluation.confusion).enumerated().map { index, row in
            let support = max(row.1.reduce(0, +), 1)
            let cells = row.1.enumerated().map { column, count in
                let share = Double(count) / Double(support)
                let kind = column == index ? "right" : "wrong"
                return "<td class=\"\(kind)\" style=\"--share:\(HTML.figure(share * 100, digits: 0))%\">"
                    + "<b>\(count)</b><span>\(percent(share))</span></td>"
            }
            return "<tr><th>\(HTML.escaped(row.0))</th>\(cells.joined())</tr>"
        }
        return "<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th>is \\ said to be</th>\(head)</tr></thead>"
            + "<tbody>\(rows.joined())</tbody></table></div>"
    }

    private static func worst(_ test: ModelTest) -> String {
        let labels = test.evaluation.labels
        let wrong = test.predictions.filter { $0.predicted != $0.truth }
            .sorted { $0.scores[$0.predicted] > $1.scores[$1.predicted] }
        guard !wrong.isEmpty else { return "<p class=\"soft\">There are none.</p>" }
        let rows = wrong.prefix(mistakes).map { prediction in
            "<tr><td>\(HTML.escaped(labels[prediction.predicted]))</td>"
                + "<td>\(percent(Double(prediction.scores[prediction.predicted])))</td>"
                + "<td>\(HTML.escaped(labels[prediction.truth]))</td><td>\(HTML.escaped(prediction.text))</td></tr>"
        }
        return
            "<div class=\"scroll\"><table><thead><tr><th>said</th><th>score</th><th>is</th><th>text</th></tr></thead>"
            + "<tbody>\(rows.joined(separator: "\n"))</tbody></table></div>"
    }

    private static func percent(_ value: Double) -> String { HTML.figure(value * 100, digits: 1) + " %" }
}
