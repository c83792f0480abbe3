// SPDX-License-Identifier: Apache-2.0

/// Whether scores mean what they say: of the texts that are given their label with a score of 0.8, eight in ten should
/// have it.
///
/// Top scores fall into bins of equal width; the expected calibration error is the mean, weighted by texts, of the
/// distance between a bin's mean score and the part of it that is right. Guo et al., "On Calibration of Modern Neural
/// Networks" (2017), section 2, with their 15 bins; bin `m` holds the scores in (m/15, (m+1)/15].
public struct Calibration: Sendable, Equatable {
    /// The texts whose top score lies in one interval.
    public struct Bin: Sendable, Equatable {
        /// How many texts there are.
        public internal(set) var texts = 0
        /// How many of them have the label that they were given.
        public internal(set) var correct = 0
        /// The sum of their top scores.
        var confidenceSum = 0.0

        /// The mean top score; nil for an empty bin.
        public var confidence: Double? { texts == 0 ? nil : confidenceSum / Double(texts) }
        /// The part that is right; nil for an empty bin.
        public var accuracy: Double? { texts == 0 ? nil : Double(correct) / Double(texts) }
    }

    /// How many bins divide the scores from 0 to 1.
    public static let binCount = 15
    /// The bins, from scores of 0 to scores of 1.
    public private(set) var bins = [Bin](repeating: Bin(), count: binCount)

    init() {}

    mutating func add(confidence: Float, isCorrect: Bool) {
        // Exact: a float times 15 needs 28 of a double's 53 bits, so that no score crosses a bound by rounding.
        let position = (Double(confidence) * Double(Self.binCount)).rounded(.up)
        let bin = Int(min(max(position, 1), Double(Self.binCount))) - 1
        bins[bin].texts += 1
        bins[bin].correct += isCorrect ? 1 : 0
        bins[bin].confidenceSum += Double(confidence)
    }

    /// The expected calibration error, from 0 for perfect to 1.
    public var expectedError: Double {
        let texts = bins.reduce(0) { $0 + $1.texts }
        guard texts > 0 else { return 0 }
        return bins.reduce(0) { $0 + abs(Double($1.correct) - $1.confidenceSum) } / Double(texts)
    }
}
