// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Training

/// The figures of test files as tables.
enum TestTable {
    /// One file's in all detail; of several a row each, and their mean. Below, how another model compares.
    static func texts(_ results: EvaluationResults) -> [String] {
        let tests = results.tests
        let own = tests.count == 1 ? [text(tests[0])] : tests.isEmpty ? [] : [rows(tests, of: results.model)]
        guard let (other, others, comparison) = results.comparison else { return own }
        return own + (tests.count == 1 ? [] : [rows(others, of: other)])
            + [ComparisonTable.text(comparison, results.model, other)]
    }

    private static func rows(_ tests: [ModelTest], of model: Model) -> String {
        func cells(_ figures: KeyFigures) -> [String] { figures.all.map { String(format: "%.4f", $0.value) } }
        let mean = KeyFigures(meanOf: tests.map(\.evaluation))
        let (texts, seconds) = tests.reduce((0, 0)) { ($0.0 + $1.evaluation.texts, $0.1 + $1.seconds) }
        return TextTable.text(
            [[model.name, "texts"] + mean.all.map(\.name)]
                + tests.map { [$0.path, "\($0.evaluation.texts)"] + cells(KeyFigures($0.evaluation)) }
                + [["mean", ""] + cells(mean)]
        ) + String(format: "\n%.0f texts/s, tokenising included\n", Double(texts) / seconds)
    }

    /// Laid out as scikit-learn's `classification_report`.
    private static func text(_ test: ModelTest) -> String {
        let evaluation = test.evaluation
        let width = (evaluation.labels.map(\.count) + [12]).max() ?? 12
        func row(_ name: String, _ cells: [String]) -> String {
            let space = String(repeating: " ", count: width - name.count)
            return space + name + cells.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
        }
        func quality(_ name: String, _ quality: Evaluation.Quality, _ support: Int) -> String {
            let figures = [quality.precision, quality.recall, quality.f1].map { String(format: "%.4f", $0) }
            return row(name, figures + ["\(support)"])
        }
        let confusion = zip(evaluation.labels, evaluation.confusion).map { row($0, $1.map { "\($0)" }) }
        return
            ([
                "\(test.path): \(evaluation.texts) texts, \(test.tokens) tokens",
                "",
                row("", ["precision", "recall", "f1", "texts"]),
            ]
            + evaluation.classes.map { quality($0.label, $0.quality, $0.support) }
            + [
                "",
                quality("macro", evaluation.macro, evaluation.texts),
                quality("weighted", evaluation.weighted, evaluation.texts),
                row("accuracy", ["", "", String(format: "%.4f", evaluation.accuracy), "\(evaluation.texts)"]),
                "",
                row("true \\ said", evaluation.labels),
            ]
            + confusion
            + [
                "",
                String(format: "expected calibration error %.4f", evaluation.calibration.expectedError),
                String(
                    format: "%.0f texts/s, %.0f tokens/s, tokenising included",
                    Double(evaluation.texts) / test.seconds,
                    Double(test.tokens) / test.seconds
                ),
                "",
            ]).joined(separator: "\n")
    }
}
