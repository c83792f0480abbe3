// SPDX-License-Identifier: Apache-2.0
import Bert
internal import Glibc

extension LogitScaling {
    /// The temperature and biases nearby that suit each source, and not their mean alone: those of the highest mean of the
    /// sources' macro F1, of all at which no source's calibration is off by much; if there are none, those at which the worst
    /// is off the least.
    ///
    /// The likelihood goes by the mean of the sources. Where one of them claims too much and others do not, or has another
    /// share of a label, it settles for what leaves that one far off, and the others better than anybody needs. Of all
    /// steps of one of them, or of two at once, the best is taken, and so on from there, since neither measure has a slope
    /// and what one step makes worse a second one often more than mends.
    ///
    /// - Parameter sources: those with few texts are passed over where others have more, since their calibration error is
    ///   mostly chance.
    func levelled(over sources: [Source]) -> LogitScaling {
        let most = sources.map(\.labels.count).max() ?? 0
        let large = sources.filter { $0.labels.count >= min(most, Self.leastTexts) && $0.labels.count > 0 }
        let judged = large.map(Judged.init)
        guard !judged.isEmpty else { return self }
        var best = (scaling: self, quality: quality(on: judged))
        for _ in 0..<Self.rounds {
            let before = best.scaling
            for candidate in before.nearby {
                let quality = candidate.quality(on: judged)
                if quality.isBetter(than: best.quality) { best = (candidate, quality) }
            }
            guard best.scaling != before else { break }
        }
        return best.scaling
    }

    /// What differs in the temperature, in one label's bias or, where labels are few, in two of these.
    private var nearby: [LogitScaling] {
        let moves = [Move.temperature] + biases.indices.map(Move.bias)
        let single = moves.flatMap { move in Self.steps(move.farthest).map { self.moved(move, by: $0) } }
        guard biases.count <= Self.mostLabelsForPairs else { return single }
        let pairs = moves.indices.flatMap { first in moves[(first + 1)...].map { (moves[first], $0) } }
        return single
            + pairs.flatMap { first, second in
                Self.steps(Self.pairSteps).flatMap { step in
                    let moved = self.moved(first, by: step)
                    return Self.steps(Self.pairSteps).map { moved.moved(second, by: $0) }
                }
            }
    }

    /// What may be changed by itself.
    private enum Move {
        case temperature, bias(Int)

        var farthest: Int {
            switch self {
            case .temperature: LogitScaling.temperatureSteps
            case .bias: LogitScaling.biasSteps
            }
        }
    }

    private func moved(_ move: Move, by step: Int) -> LogitScaling {
        switch move {
        case .temperature:
            return LogitScaling(temperature: temperature * pow(Self.temperatureRatio, Double(step)), biases: biases)
        case .bias(let label):
            let change = Self.biasStep * Double(step)
            // They still sum to 0.
            let shifted = biases.indices.map {
                biases[$0] - change / Double(biases.count) + ($0 == label ? change : 0)
            }
            return LogitScaling(temperature: temperature, biases: shifted)
        }
    }

    /// The nearest first.
    private static func steps(_ most: Int) -> [Int] { (1...most).flatMap { [-$0, $0] } }

    private func quality(on sources: [Judged]) -> Quality {
        let evaluations = sources.map { $0.evaluation(self) }
        return Quality(
            worstError: evaluations.map(\.calibration.expectedError).max() ?? 0,
            meanF1: evaluations.map(\.macro.f1).reduce(0, +) / Double(evaluations.count)
        )
    }

    /// A source's texts whose logits are finite, end to end, since thousands of scalings are tried on them.
    private struct Judged {
        private let logits: [Float]
        private let truths: [Int]

        init(_ source: Source) {
            let finite = zip(source.logits, source.labels).filter { $0.0.allSatisfy(\.isFinite) }
            logits = finite.flatMap(\.0)
            truths = finite.map(\.1)
        }

        func evaluation(_ scaling: LogitScaling) -> Evaluation {
            let (labels, factor) = (scaling.biases.count, Float(1 / scaling.temperature))
            let biases = scaling.biases.map(Float.init)
            var confusion = [[Int]](repeating: [Int](repeating: 0, count: labels), count: labels)
            var calibration = Calibration()
            for (text, truth) in truths.enumerated() {
                let logit = { logits[text * labels + $0] * factor + biases[$0] }
                let top = (1..<labels).reduce(0) { logit($1) > logit($0) ? $1 : $0 }
                let highest = logit(top)
                let sum = (0..<labels).reduce(Float(0)) { $0 + exp(logit($1) - highest) }
                confusion[truth][top] += 1
                calibration.add(confidence: 1 / sum, isCorrect: truth == top)
            }
            return Evaluation(labels: biases.indices.map(String.init), confusion: confusion, calibration: calibration)
        }
    }

    /// What is made of several sources.
    private struct Quality {
        /// The greatest calibration error.
        let worstError: Double
        /// The mean macro F1.
        let meanF1: Double

        /// A calibration error that nobody minds: with a thousand texts, half of it would be chance.
        private static let goodEnough = 0.048
        /// What differs by less is alike.
        private static let leastGain = (error: 0.001, f1: 0.0002)

        func isBetter(than other: Quality) -> Bool {
            let gain = max(other.worstError, Self.goodEnough) - max(worstError, Self.goodEnough)
            return gain > Self.leastGain.error || gain >= 0 && meanF1 > other.meanF1 + Self.leastGain.f1
        }
    }

    /// With fewer texts in 15 bins even a perfect model seems to be off by some hundredths.
    private static let leastTexts = 1_000
    /// To 0.55 and 1.8 times the temperature.
    private static let (temperatureRatio, temperatureSteps) = (1.02, 30)
    /// To 1.2 more or less.
    private static let (biasStep, biasSteps) = (0.1, 12)
    private static let rounds = 8
    /// Of each of two that are changed at once; and of how many labels all pairs are tried, which are some hundreds for three.
    private static let (pairSteps, mostLabelsForPairs) = (6, 5)
}
