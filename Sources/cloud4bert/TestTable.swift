// SPDX-License-Identifier: Apache-2.0
import Foundation
import Training

/// The figures of one test file as a table, laid out as scikit-learn's `classification_report`.
enum TestTable {
    static func text(_ test: ModelTest) -> String {
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
