// SPDX-License-Identifier: Apache-2.0
import Files
import Testing

@testable import Training

/// Figures of scikit-learn 1.9's precision_recall_fscore_support, accuracy_score and confusion_matrix.
@Suite struct EvaluationTests {
    private static let labels = ["negative", "neutral", "positive"]

    /// An evaluation of predictions that are as good as certain.
    private func evaluation(_ truths: [Int], _ predicted: [Int]) -> Evaluation {
        Evaluation(
            labels: Self.labels,
            truths: truths,
            scores: predicted.map { label in Self.labels.indices.map { $0 == label ? 1 : 0 } }
        )
    }

    @Test("Fifty texts have scikit-learn's figures to the last digit")
    func figures() {
        let found = evaluation(
            [
                0, 2, 2, 0, 1, 2, 1, 2, 2, 0, 2, 0, 1, 1, 2, 0, 0, 2, 1, 2, 2, 1, 1, 2, 0, 0, 2, 0, 2, 1, 2, 0, 2, 0, 0,
                2,
                0, 1, 0, 1, 1, 2, 2, 1, 2, 1, 1, 2, 2, 1,
            ],
            [
                0, 0, 2, 0, 1, 2, 1, 2, 2, 0, 2, 0, 2, 0, 2, 0, 0, 2, 2, 2, 2, 1, 1, 2, 0, 1, 2, 1, 0, 1, 0, 0, 2, 0, 1,
                2,
                1, 1, 1, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1,
            ]
        )
        #expect(found.confusion == [[9, 5, 0], [1, 12, 2], [3, 2, 16]])
        #expect(found.accuracy == 0.74)
        let averages = [found.weighted, found.macro].flatMap { [$0.precision, $0.recall, $0.f1] }
        #expect(
            averages == [
                0.7566531713900134, 0.74, 0.7430467571644042, 0.7375918428550007, 0.734920634920635, 0.7310206133735546,
            ]
        )
        #expect(found.classes.map(\.quality.precision) == [0.6923076923076923, 0.631578947368421, 0.8888888888888888])
        #expect(found.classes.map(\.quality.recall) == [0.6428571428571429, 0.8, 0.7619047619047619])
        #expect(found.classes.map(\.quality.f1) == [0.6666666666666666, 0.7058823529411765, 0.8205128205128205])
    }

    @Test("A label that neither occurs nor is predicted has no part in the averages")
    func absentLabel() {
        let found = evaluation([0, 0, 1, 1, 0], [0, 0, 1, 0, 0])
        #expect(found.weighted.f1 == 0.7809523809523808 && found.macro.f1 == 0.7619047619047619)
        #expect(found.classes[2].support == 0 && found.classes[2].quality.f1 == 0)
    }

    @Test("The calibration error is the mean distance between score and hit rate")
    func calibration() {
        let found = Evaluation(
            labels: ["a", "b"],
            truths: [0, 1, 1, 0],
            scores: [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.45, 0.55]]
        )
        // Bins of 1/15: 0.9 twice, half right; 0.6 once, right; 0.55 once, wrong.
        let expected = (abs(1 - 1.8) + abs(1 - 0.6) + abs(0 - 0.55)) / 4
        #expect(abs(found.calibration.expectedError - expected) < 1e-7)
        #expect(found.calibration.bins.map(\.texts).reduce(0, +) == 4)
    }

    @Test("CSV that is written reads back the same")
    func csv() throws {
        let fields = ["plain", "a,b", "say \"so\"", "two\nlines", ""]
        #expect(try CSV.parse(Array(CSV.row(fields).utf8)).map(\.fields) == [fields])
    }
}
