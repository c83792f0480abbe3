// SPDX-License-Identifier: Apache-2.0

/// Two models on the same files: how often they agree, which of them is right where they do not, and whether that is more
/// than chance.
public struct Comparison: Sendable, Equatable {
    /// Which of the models is right, for how many texts.
    public struct Counts: Sendable, Equatable {
        /// Texts that both give the same label.
        public internal(set) var agreeing = 0
        /// Texts that both get right.
        public internal(set) var bothRight = 0
        /// Texts that only the first one gets right.
        public internal(set) var onlyFirstRight = 0
        /// Texts that only the second one gets right.
        public internal(set) var onlySecondRight = 0
        /// Texts that neither gets right.
        public internal(set) var bothWrong = 0

        /// All texts.
        public var texts: Int { bothRight + onlyFirstRight + onlySecondRight + bothWrong }
        /// The part that both give the same label.
        public var agreement: Double { texts == 0 ? 0 : Double(agreeing) / Double(texts) }
        /// How likely it is that models which are equally good differ so much: McNemar's exact test, two-sided.
        public var pValue: Double { McNemar.pValue(onlyFirst: onlyFirstRight, onlySecond: onlySecondRight) }

        static func + (one: Counts, other: Counts) -> Counts {
            Counts(
                agreeing: one.agreeing + other.agreeing,
                bothRight: one.bothRight + other.bothRight,
                onlyFirstRight: one.onlyFirstRight + other.onlyFirstRight,
                onlySecondRight: one.onlySecondRight + other.onlySecondRight,
                bothWrong: one.bothWrong + other.bothWrong
            )
        }
    }

    /// A figure of the first model less that of the second, and where 95 % of its bootstrap samples lie.
    public struct Interval: Sendable, Equatable {
        /// The difference.
        public let difference: Double
        /// The 2.5th percentile.
        public let low: Double
        /// The 97.5th percentile.
        public let high: Double

        init(_ difference: Double, samples: [Double]) {
            let sorted = samples.sorted()
            // Between neighbours as numpy's percentile does it.
            func percentile(_ share: Double) -> Double {
                let position = share * Double(sorted.count - 1)
                let (index, rest) = (Int(position), position.truncatingRemainder(dividingBy: 1))
                return sorted[index] + rest * (sorted[min(index + 1, sorted.count - 1)] - sorted[index])
            }
            self.difference = difference
            (low, high) = (percentile(0.025), percentile(0.975))
        }
    }

    /// The intervals that there are.
    public struct Differences: Sendable, Equatable {
        /// Of weighted F1.
        public let weightedF1: Interval
        /// Of macro recall.
        public let macroRecall: Interval
    }

    /// One file.
    public struct File: Sendable, Equatable {
        /// Its path.
        public let path: String
        /// Which of the models is right.
        public let counts: Counts
        /// How much better the first one is.
        public let differences: Differences
    }

    /// How many bootstrap samples the intervals are of.
    public static let samples = PairedBootstrap.samples
    /// The files, in their order.
    public let files: [File]
    /// The texts of all files together.
    public let counts: Counts
    /// The means over the files, each counting the same.
    public let mean: Differences

    /// Compares two models' tests on the same files; there must be one.
    ///
    /// - Parameter seed: of the bootstrap's random numbers.
    public init(_ first: [ModelTest], _ second: [ModelTest], labels: [String], seed: UInt64 = 0) {
        precondition(first.map(\.path) == second.map(\.path), "both models were put to the same tests")
        self.init(
            zip(first, second).map { first, second in
                Texts(
                    path: first.path,
                    truths: first.predictions.map(\.truth),
                    first: first.predictions.map(\.predicted),
                    second: second.predictions.map(\.predicted)
                )
            },
            labels: labels,
            seed: seed
        )
    }

    /// The labels of a file's texts, and what two models say.
    struct Texts {
        let path: String
        let truths: [Int]
        let first: [Int]
        let second: [Int]
    }

    init(_ files: [Texts], labels: [String], seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let drawn = files.map { texts in
            let bootstrap = PairedBootstrap(
                labels: labels,
                truths: texts.truths,
                first: texts.first,
                second: texts.second
            )
            return (bootstrap.difference, samples: bootstrap.differences(using: &random))
        }
        func interval(_ figure: (PairedBootstrap.Difference) -> Double, of files: Range<Int>) -> Interval {
            func mean(_ value: (Int) -> Double) -> Double { files.reduce(0) { $0 + value($1) } / Double(files.count) }
            return Interval(
                mean { figure(drawn[$0].0) },
                samples: (0..<PairedBootstrap.samples).map { sample in mean { figure(drawn[$0].samples[sample]) } }
            )
        }
        func differences(of files: Range<Int>) -> Differences {
            Differences(
                weightedF1: interval(\.weightedF1, of: files),
                macroRecall: interval(\.macroRecall, of: files)
            )
        }
        self.files = files.enumerated().map { index, texts in
            File(path: texts.path, counts: Counts(texts), differences: differences(of: index..<index + 1))
        }
        counts = self.files.reduce(Counts()) { $0 + $1.counts }
        mean = differences(of: files.indices)
    }
}

extension Comparison.Counts {
    init(_ texts: Comparison.Texts) {
        for (truth, (first, second)) in zip(texts.truths, zip(texts.first, texts.second)) {
            if first == second { agreeing += 1 }
            switch (first == truth, second == truth) {
            case (true, true): bothRight += 1
            case (true, false): onlyFirstRight += 1
            case (false, true): onlySecondRight += 1
            case (false, false): bothWrong += 1
            }
        }
    }
}
