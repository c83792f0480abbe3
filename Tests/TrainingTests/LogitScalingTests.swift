// SPDX-License-Identifier: Apache-2.0
import Bert
import Testing

@testable import Training

@Suite struct LogitScalingTests {
    /// Three labels' logits by a formula, three in four of them right.
    private func source(_ count: Int, _ seed: Int) -> LogitScaling.Source {
        let logits: [[Float]] = (0..<count).map { index in
            let (first, second, third) =
                ((index * 7 + seed * 13) % 23, (index * 5 + seed * 11) % 19, (index * 3 + seed * 17) % 29)
            return [Float(first - 11) / 2, Float(second - 9) / 3, Float(third - 14) / 4]
        }
        let labels = logits.enumerated().map { $0 % 4 == 0 ? ($0 + seed) % 3 : Evaluation.top(of: $1) }
        return LogitScaling.Source(logits: logits, labels: labels)
    }

    @Test("Temperature and biases are those that scipy finds, each source counting the same")
    func scipy() {
        // scipy 1.17.1: optimize.minimize of ½ Σ sources' mean NLL + |b|² / (2 · 85), BFGS, then Nelder-Mead.
        let found = LogitScaling.fit([source(60, 1), source(25, 4)], labels: 3)
        #expect(abs(found.temperature - 1.725783423) < 1e-6)
        for (bias, expected) in zip(found.biases, [0.135493144, 0.064253794, -0.199747012]) {
            #expect(abs(bias - expected) < 1e-6)
        }
        #expect(abs(found.biases.reduce(0, +)) < 1e-9)
    }

    @Test("A source counts the same, however many texts it has")
    func sourcesCountTheSame() {
        let (large, small) = (source(60, 1), source(25, 4))
        let copies = LogitScaling.Source(
            logits: (0..<10).flatMap { _ in small.logits },
            labels: (0..<10).flatMap { _ in small.labels }
        )
        let (once, again) = (
            LogitScaling.fit([large, small], labels: 3), LogitScaling.fit([large, copies], labels: 3)
        )
        // But for the prior, which weighs as much as one text.
        #expect(abs(once.temperature - again.temperature) < 0.01)
        #expect(zip(once.biases, again.biases).allSatisfy { abs($0 - $1) < 0.02 })
        let pooled = LogitScaling.fit(
            [LogitScaling.Source(logits: large.logits + copies.logits, labels: large.labels + copies.labels)],
            labels: 3
        )
        #expect(abs(pooled.temperature - once.temperature) > 0.02)
    }

    @Test("Logits that claim too much get the temperature that makes them honest")
    func temperature() {
        // Three of four right: at the minimum the score is 3/4, so T = 4 / ln 3.
        let sure = LogitScaling.Source(
            logits: [[4, 0], [4, 0], [0, 4], [0, 4]] + [[4, 0], [4, 0], [0, 4], [0, 4]],
            labels: [0, 0, 1, 1, 0, 1, 1, 0]
        )
        let found = LogitScaling.fit([sure], labels: 2)
        #expect(abs(found.temperature - 4 / 1.0986122886681098) < 1e-9)
        #expect(found.biases.allSatisfy { abs($0) < 1e-9 })
    }

    @Test("A label that is said too often is held back by its bias")
    func bias() {
        // The first label is ahead by 1 where it is right as often as the second.
        let logits: [[Float]] =
            [[Float]](repeating: [1.5, -0.5], count: 500) + [[Float]](repeating: [-0.5, 0.5], count: 500)
        let labels = (0..<500).map { $0 % 4 == 0 ? 1 : 0 } + (0..<500).map { $0 % 4 == 0 ? 0 : 1 }
        let found = LogitScaling.fit([LogitScaling.Source(logits: logits, labels: labels)], labels: 2)
        // ±ln 3 = (2, -1) / T + b: 1/T = ⅔ ln 3, b = -⅓ ln 3, half of it for each label.
        #expect(abs(found.temperature - 1.5 / 1.0986122886681098) < 0.01)
        #expect(abs(found.biases[0] + 1.0986122886681098 / 6) < 0.01)
        let scaled = found([1.5, -0.5])
        #expect(abs(scaled[0] - scaled[1] - 1.0986) < 0.01)
    }

    @Test("Texts that say nothing change nothing, and those that are all right or all wrong have an end")
    func extremes() {
        func fit(_ logits: [[Float]], _ labels: [Int]) -> LogitScaling {
            LogitScaling.fit([LogitScaling.Source(logits: logits, labels: labels)], labels: 2)
        }
        #expect(LogitScaling.fit([], labels: 2) == LogitScaling(labels: 2))
        #expect(fit([], []) == LogitScaling(labels: 2))
        #expect(fit([[.nan, 0], [.infinity, 1]], [0, 1]) == LogitScaling(labels: 2))
        #expect(fit([[1, 1], [2, 2]], [0, 1]) == LogitScaling(labels: 2))
        #expect(fit([[3, 0], [0, 3]], [0, 1]).temperature < 0.1)
        #expect(fit([[3, 0], [0, 3]], [1, 0]).temperature == LogitScaling.range.upperBound)
        let absent = fit([[1, 0], [0, 1], [0.5, 0]], [0, 0, 0])
        #expect(absent.biases.allSatisfy { $0.isFinite && abs($0) < 5 } && absent.biases[0] > 0)
        #expect(fit([[1e30, 0], [0, 1e30]], [0, 1]).biases.allSatisfy { $0.isFinite })
    }

    /// Two labels, of which the first is said with logits apart by `distance` and is right in `share` of 1,000 texts.
    private func sure(by distance: Float, right share: Double, texts: Int = 1_000) -> LogitScaling.Source {
        LogitScaling.Source(
            logits: [[Float]](repeating: [distance, 0], count: texts),
            labels: (0..<texts).map { Double($0) < share * Double(texts) ? 0 : 1 }
        )
    }

    private func error(_ scaling: LogitScaling, _ distance: Float, _ share: Double) -> Double {
        abs(Double(ScoreFunction.softmax(scaling([distance, 0]))[0]) - share)
    }

    @Test("The source that is off the most is off as little as one temperature can have it")
    func levelled() {
        // One source is right as often as it says, and one claims too much.
        let sources = [sure(by: 3, right: 0.9526), sure(by: 3, right: 0.75)]
        let scaling = LogitScaling(labels: 2)
        let found = scaling.levelled(over: sources)
        // 3 / T between ln 0.9526 / 0.0474 and ln 3: as far from the one as from the other.
        let worst = { (scaling: LogitScaling) in max(error(scaling, 3, 0.9526), error(scaling, 3, 0.75)) }
        #expect(worst(scaling) > 0.2 && worst(found) < 0.106)
    }

    @Test("Biases that say too much of one label are taken back, until no source is off by much")
    func levelledByBiases() {
        // Honest as they are: 0.62 and 0.82 of either label.
        let sources = [(0.5, 0.6225), (1.5, 0.8176)].map { distance, right in
            LogitScaling.Source(
                logits: (0..<1_000).map { $0 % 2 == 0 ? [Float(distance), 0] : [0, Float(distance)] },
                labels: (0..<1_000).map { Double($0 / 2) < right * 500 ? $0 % 2 : 1 - $0 % 2 }
            )
        }
        let scaling = LogitScaling(temperature: 1, biases: [0.6, -0.6])
        let found = scaling.levelled(over: sources)
        let worst = { (scaling: LogitScaling) in sources.map { calibrationError(scaling, on: $0) }.max() ?? 0 }
        #expect(worst(scaling) > 0.15 && worst(found) <= 0.048, "\(worst(scaling)), \(worst(found)): \(found)")
        #expect(abs(found.biases[0]) < 0.2 && abs(found.biases.reduce(0, +)) < 1e-9)
    }

    @Test("Two biases that are off, one to either side, are taken back together")
    func levelledByPairs() {
        // Honest as they are; who is wrong is one of the others by turns.
        let sources = [Float(0.5), 1.5].map { distance in
            let right = Double(ScoreFunction.softmax([distance, 0, 0])[0])
            return LogitScaling.Source(
                logits: (0..<300).map { text in (0..<3).map { $0 == text % 3 ? distance : 0 } },
                labels: (0..<300).map { text in
                    let isRight = Double(text / 3 % 100) < right * 100
                    return isRight ? text % 3 : (text + 1 + text / 3 % 2) % 3
                }
            )
        }
        let found = LogitScaling(temperature: 1, biases: [0.6, -0.6, 0]).levelled(over: sources)
        #expect(sources.allSatisfy { calibrationError(found, on: $0) <= 0.05 }, "\(found)")
        #expect(found.biases.allSatisfy { abs($0) < 0.25 }, "\(found)")
    }

    private func calibrationError(_ scaling: LogitScaling, on source: LogitScaling.Source) -> Double {
        Evaluation(
            labels: scaling.biases.indices.map(String.init),
            truths: source.labels,
            scores: source.logits.map { ScoreFunction.softmax(scaling($0)) }
        ).calibration.expectedError
    }

    @Test("Small sources do not decide where there are larger ones, and honest logits stay as they are")
    func levelledByMany() {
        let honest = sure(by: 2, right: Double(ScoreFunction.softmax([2, 0])[0]), texts: 1_500)
        let scaling = LogitScaling(labels: 2)
        #expect(scaling.levelled(over: [honest]) == scaling)
        #expect(scaling.levelled(over: [honest, sure(by: 2, right: 0.5, texts: 100)]) == scaling)
        #expect(scaling.levelled(over: []) == scaling)
        #expect(scaling.levelled(over: [sure(by: 2, right: 0.6, texts: 100)]) != scaling)
    }
}
