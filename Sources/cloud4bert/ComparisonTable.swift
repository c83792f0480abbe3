// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Training

/// How two models compare, as a table.
enum ComparisonTable {
    static func text(_ comparison: Comparison, _ first: Model, _ second: Model) -> String {
        let rows = comparison.files.map { file in [file.path] + cells(file.counts) + cells(file.differences) }
        let means = ["mean", "", "", "", "", ""] + cells(comparison.mean)
        let all = ["all texts"] + cells(comparison.counts)
        return """
            A is \(first.name) (\(first.digest.prefix(12))), B is \(second.name) (\(second.digest.prefix(12)))

            \(TextTable.text([heads] + rows + (rows.count == 1 ? [] : [means, all])))

            p: McNemar's exact test; [ ]: 95 % of \(Comparison.samples) bootstrap samples

            """
    }

    private static let heads = [
        "", "texts", "agree", "only A right", "only B right", "p", "weighted F1, A - B", "macro recall, A - B",
    ]

    private static func cells(_ counts: Comparison.Counts) -> [String] {
        [
            "\(counts.texts)", String(format: "%.4f", counts.agreement), "\(counts.onlyFirstRight)",
            "\(counts.onlySecondRight)", String(format: "%.2g", counts.pValue),
        ]
    }

    private static func cells(_ differences: Comparison.Differences) -> [String] {
        [differences.weightedF1, differences.macroRecall].map {
            String(format: "%+.4f [%+.4f, %+.4f]", $0.difference, $0.low, $0.high)
        }
    }
}
