// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Training

@Suite struct ComparisonTests {
    /// Two models' answers by a formula, right more often than not.
    private func texts(_ count: Int, _ seed: Int) -> Comparison.Texts {
        let truths = (0..<count).map { ($0 * 7 + seed) % 11 % 3 }
        return Comparison.Texts(
            path: "\(seed).csv",
            truths: truths,
            first: truths.enumerated().map { ($0 * 5 + seed) % 7 == 0 ? ($1 + 1) % 3 : $1 },
            second: truths.enumerated().map { ($0 * 3 + seed) % 4 == 0 ? ($0 + seed) % 3 : $1 }
        )
    }

    private func agree(_ interval: Comparison.Interval, _ expected: [Double]) -> Bool {
        zip([interval.difference, interval.low, interval.high], expected).allSatisfy { abs($0 - $1) < 1e-12 }
    }

    @Test("Differences and their intervals are those of scikit-learn's figures and numpy's percentiles")
    func intervals() {
        // scikit-learn 1.9.1 and numpy 2.4.6 on the same 1,000 samples a file, drawn by the same generator.
        let found = Comparison([texts(60, 1), texts(35, 2)], labels: ["a", "b", "c"], seed: 0)
        let (one, two) = (found.files[0], found.files[1])
        #expect(agree(one.differences.weightedF1, [0.01652371567005717, -0.11357489091609455, 0.13559542908001693]))
        #expect(agree(one.differences.macroRecall, [0.02717391304347816, -0.1038316993464052, 0.1486786864504257]))
        #expect(agree(two.differences.weightedF1, [0.02803007518796985, -0.14187295127946237, 0.19096398994380362]))
        #expect(agree(two.differences.macroRecall, [0.033333333333333215, -0.14145021645021624, 0.2136904761904763]))
        let means = [0.02227689542901351, 0.030253623188405688]
        #expect(agree(found.mean.weightedF1, [means[0], -0.08804899455285636, 0.11750239351440112]))
        #expect(agree(found.mean.macroRecall, [means[1], -0.08563321709155039, 0.13473971769208343]))
        #expect(Comparison([texts(60, 1)], labels: ["a", "b", "c"], seed: 1).files[0].differences != one.differences)
    }

    @Test("Texts are counted by who is right, file by file and together")
    func counts() {
        let found = Comparison([texts(60, 1), texts(35, 2)], labels: ["a", "b", "c"], seed: 0)
        let first = Comparison.Counts(agreeing: 44, bothRight: 44, onlyFirstRight: 8, onlySecondRight: 7, bothWrong: 1)
        let second = Comparison.Counts(agreeing: 26, bothRight: 25, onlyFirstRight: 5, onlySecondRight: 4, bothWrong: 1)
        #expect(found.files.map(\.counts) == [first, second])
        #expect(found.counts.texts == 95 && found.counts.onlyFirstRight == 13 && found.counts.agreeing == 70)
        #expect(first.agreement == 44.0 / 60)
    }

    @Test("A model does not differ from itself")
    func same() {
        let own = texts(50, 3)
        let found = Comparison(
            [Comparison.Texts(path: "x", truths: own.truths, first: own.first, second: own.first)],
            labels: ["a", "b", "c"],
            seed: 0
        )
        #expect(found.counts.agreement == 1 && found.counts.pValue == 1)
        #expect(agree(found.mean.weightedF1, [0, 0, 0]) && agree(found.mean.macroRecall, [0, 0, 0]))
    }

    @Test("McNemar's exact test gives statsmodels' probabilities, for a few texts and for many")
    func mcNemar() {
        // statsmodels 0.15.0, mcnemar(exact=True).
        for (first, second, expected) in [
            (0, 0, 1), (4, 4, 1), (5, 0, 0.0625), (10, 25, 0.016673847800120715), (300, 260, 0.0992558700573967),
            (1200, 1400, 9.44223476534101e-05), (20_000, 21_000, 8.058578026793151e-07),
        ] {
            let found = McNemar.pValue(onlyFirst: first, onlySecond: second)
            #expect(abs(found - expected) < 1e-8 * expected, "\(first) \(second)")
            #expect(found == McNemar.pValue(onlyFirst: second, onlySecond: first))
        }
    }

    @Test("The key figures' mean counts each file the same")
    func keyFigures() {
        let files = [([0, 0, 1, 1], [0, 0, 1, 1]), ([0, 1], [1, 1])].map { truths, predicted in
            Evaluation(labels: ["a", "b"], truths: truths, scores: predicted.map { $0 == 0 ? [1, 0] : [0, 1] })
        }
        let mean = KeyFigures(meanOf: files).all
        #expect(mean.map(\.name) == ["accuracy", "weighted F1", "macro F1", "macro recall", "calibration error"])
        #expect(mean[0].value == 0.75 && mean[3].value == 0.75 && mean[4].value == 0.25)
    }
}
