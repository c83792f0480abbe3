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
    /// steps of one of them the best is taken, and so on from there, since neither measure has a slope.
    ///
    /// - Parameter sources: those with few texts are passed over where others have more, since their calibration error is
    ///   mostly chance.
    func levelled(over sources: [Source]) -> LogitScaling {
        let most = sources.map(\.labels.count).max() ?? 0
        let judged = sources.filter { $0.labels.count >= min(most, Self.leastTexts) && $0.labels.count > 0 }
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

    /// What differs in the temperature or in one label's bias, the nearest first.
    private var nearby: [LogitScaling] {
        let temperatures = Self.steps(Self.temperatureSteps).map { step in
            LogitScaling(temperature: temperature * pow(Self.temperatureRatio, Double(step)), biases: biases)
        }
        let moved = biases.indices.flatMap { label in
            Self.steps(Self.biasSteps).map { step in
                let change = Self.biasStep * Double(step)
                // They still sum to 0.
                let shifted = biases.indices.map {
                    biases[$0] - change / Double(biases.count) + ($0 == label ? change : 0)
                }
                return LogitScaling(temperature: temperature, biases: shifted)
            }
        }
        return temperatures + moved
    }

    private static func steps(_ most: Int) -> [Int] { (1...most).flatMap { [-$0, $0] } }

    private func quality(on sources: [Source]) -> Quality {
        let evaluations = sources.map { source in
            let finite = zip(source.logits, source.labels).filter { $0.0.allSatisfy(\.isFinite) }
            return Evaluation(
                labels: biases.indices.map(String.init),
                truths: finite.map(\.1),
                scores: finite.map { ScoreFunction.softmax(self($0.0)) }
            )
        }
        return Quality(
            worstError: evaluations.map(\.calibration.expectedError).max() ?? 0,
            meanF1: evaluations.map(\.macro.f1).reduce(0, +) / Double(evaluations.count)
        )
    }

    /// What is made of several sources.
    private struct Quality {
        /// The greatest calibration error.
        let worstError: Double
        /// The mean macro F1.
        let meanF1: Double

        /// A calibration error that nobody minds: with a thousand texts, half of it would be chance.
        private static let goodEnough = 0.045
        /// What differs by less is alike.
        private static let leastGain = (error: 0.001, f1: 0.0005)

        func isBetter(than other: Quality) -> Bool {
            let gain = max(other.worstError, Self.goodEnough) - max(worstError, Self.goodEnough)
            return gain > Self.leastGain.error || gain >= 0 && meanF1 > other.meanF1 + Self.leastGain.f1
        }
    }

    /// With fewer texts in 15 bins even a perfect model seems to be off by some hundredths.
    private static let leastTexts = 1_000
    /// To 0.55 and 1.8 times the temperature.
    private static let (temperatureRatio, temperatureSteps) = (1.04, 15)
    /// To 1.2 more or less.
    private static let (biasStep, biasSteps) = (0.1, 12)
    private static let rounds = 5
}
