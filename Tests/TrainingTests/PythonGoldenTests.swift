// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@testable import Training

/// Figures and tables as Python has them: `Golden/python/make_golden.py` says which versions.
@Suite struct PythonGoldenTests {
    private func golden<Value: Decodable>(_ name: String, _ type: Value.Type) throws -> Value {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Golden/python")
        return try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
    }

    private struct Quality: Decodable {
        let precision: Double
        let recall: Double
        let f1: Double

        func agrees(with other: Evaluation.Quality) -> Bool {
            [(precision, other.precision), (recall, other.recall), (f1, other.f1)].allSatisfy { abs($0 - $1) < 1e-12 }
        }
    }

    private struct Report: Decodable {
        let labels: Int
        let truths: [Int]
        let predictions: [Int]
        let accuracy: Double
        let macro: Quality
        let weighted: Quality
        let precision: [Double]
        let recall: [Double]
        let f1: [Double]
        let support: [Int]
        let confusion: [[Int]]
    }

    @Test("The figures are scikit-learn's, whatever labels are absent from the truth or from the predictions")
    func evaluation() throws {
        for report in try golden("evaluation.json", [Report].self) {
            let found = Evaluation(
                labels: (0..<report.labels).map(String.init),
                truths: report.truths,
                scores: report.predictions.map { label in (0..<report.labels).map { $0 == label ? 1 : 0 } }
            )
            #expect(abs(found.accuracy - report.accuracy) < 1e-12)
            #expect(report.macro.agrees(with: found.macro) && report.weighted.agrees(with: found.weighted), "\(report)")
            #expect(found.confusion == report.confusion && found.classes.map(\.support) == report.support)
            for (index, label) in found.classes.enumerated() {
                let expected = Quality(
                    precision: report.precision[index],
                    recall: report.recall[index],
                    f1: report.f1[index]
                )
                #expect(expected.agrees(with: label.quality), "label \(index) of \(report)")
            }
        }
    }

    private struct Table: Decodable {
        let text: String
        let rows: [[String]]?
    }

    @Test("Rows are those of Python's csv when it is strict, and what it refuses is an error")
    func tables() throws {
        for table in try golden("csv.json", [Table].self) {
            let rows = (try? CSV.parse(Array(table.text.utf8)))?.map(\.fields)
            #expect(rows == table.rows, "\(table.text.debugDescription)")
        }
    }
}
