// SPDX-License-Identifier: Apache-2.0
public import Bert
public import Files

/// The page of a model's tests: for each file the figures, the confusion matrix, how reliable the scores are, and the
/// mistakes that the model was surest of.
public enum TestReport {
    private static let mistakes = 40

    /// Writes the page.
    public static func write(_ tests: [ModelTest], of model: Model, to path: String) throws(FileError) {
        let page = Array(page(tests, name: model.name, digest: model.digest).utf8)
        try AtomicFile.write(path) { (file) throws(FileError) in try file.append(page) }
    }

    static func page(_ tests: [ModelTest], name: String, digest: String) -> String {
        HTML.page(
            title: "How well \(name) does",
            body: "<p class=\"soft\">Weights \(HTML.escaped(String(digest.prefix(16)))).</p>"
                + tests.map(section).joined(separator: "\n")
        )
    }

    private static func section(_ test: ModelTest) -> String {
        let evaluation = test.evaluation
        let tiles = [
            ("weighted F1", percent(evaluation.weighted.f1)), ("accuracy", percent(evaluation.accuracy)),
            ("macro F1", percent(evaluation.macro.f1)),
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
