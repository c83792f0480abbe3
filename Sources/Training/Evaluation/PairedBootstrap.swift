// SPDX-License-Identifier: Apache-2.0

/// How far the difference of two models' figures would scatter on other texts of the same kind: Efron's bootstrap (1979),
/// with both models judged on the same resampled texts.
struct PairedBootstrap {
    /// Samples that are drawn.
    static let samples = 1000
    /// Weighted F1 and macro recall of the first model less those of the second.
    struct Difference: Equatable {
        let weightedF1: Double
        let macroRecall: Double
    }

    private let labels: [String]
    /// What each text is, and what the models say of it, as one number.
    private let cells: [Int]

    /// - Parameters:
    ///   - truths: the index of each text's label.
    ///   - first: what the first model says; `second` likewise.
    init(labels: [String], truths: [Int], first: [Int], second: [Int]) {
        self.labels = labels
        cells = truths.indices.map { (truths[$0] * labels.count + first[$0]) * labels.count + second[$0] }
    }

    /// The difference on the texts as they are.
    var difference: Difference { difference(of: counts { $0 }) }

    /// The difference on texts drawn from them with replacement, as many as there are.
    func differences(using random: inout SplitMix64) -> [Difference] {
        (0..<Self.samples).map { _ in difference(of: counts { _ in Int.random(in: cells.indices, using: &random) }) }
    }

    private func counts(_ text: (Int) -> Int) -> [Int] {
        var counts = [Int](repeating: 0, count: labels.count * labels.count * labels.count)
        for index in cells.indices { counts[cells[text(index)]] += 1 }
        return counts
    }

    private func difference(of counts: [Int]) -> Difference {
        let width = labels.count
        var first = [[Int]](repeating: [Int](repeating: 0, count: width), count: width)
        var second = first
        for (cell, count) in counts.enumerated() where count > 0 {
            let (row, other) = cell.quotientAndRemainder(dividingBy: width)
            first[row / width][row % width] += count
            second[row / width][other] += count
        }
        let (one, two) = (Evaluation(labels: labels, confusion: first), Evaluation(labels: labels, confusion: second))
        return Difference(
            weightedF1: one.weighted.f1 - two.weighted.f1,
            macroRecall: one.macro.recall - two.macro.recall
        )
    }
}
