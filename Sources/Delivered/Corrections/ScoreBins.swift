// SPDX-License-Identifier: Apache-2.0

/// How many records have which score of a label, in thousandths.
struct ScoreBins {
    private(set) var counts = [Int](repeating: 0, count: count)

    /// From 0 to 1, both included.
    static let count = 1_001

    mutating func add(_ score: Float) { counts[Self.bin(of: score)] += 1 }

    /// The last thousandth that is not above a score, so that a threshold set to it takes the score in.
    static func bin(of score: Float) -> Int {
        let bin = Int((min(max(score, 0), 1) * 1_000).rounded())
        return bin > 0 && Float(bin) / 1_000 > score ? bin - 1 : bin
    }
}

/// From which score of a label on records have that label often enough, as far as corrections can tell.
public struct ThresholdAdvice: Sendable, Equatable {
    /// What can be said.
    public enum Answer: Sendable, Equatable {
        /// From this score on, in thousandths: how many of the corrected records that it takes have the label, how many of
        /// those that have it it takes, and how many of all results.
        case from(thousandths: Int, precision: Proportion, recall: Proportion, taken: Proportion)
        /// Even without a mistake so few corrected records could not show it.
        case tooFew(count: Int, needed: Int)
        /// No threshold that takes enough corrected records reaches it.
        case notReached
    }

    /// The label.
    public let label: String
    /// What can be said of it.
    public let answer: Answer

    /// Looks for the lowest score from which on the share of right ones is what is wanted.
    ///
    /// - Parameters:
    ///   - right: corrected records that have the label.
    ///   - wrong: corrected records that have another.
    ///   - all: all results.
    ///   - precision: what is wanted, 0 to below 1.
    init(label: String, right: ScoreBins, wrong: ScoreBins, all: ScoreBins, precision: Double) {
        self.label = label
        let needed = Proportion.least(toShow: precision)
        let sums = [right, wrong, all].map { $0.counts.reduce(0, +) }
        guard sums[0] + sums[1] >= needed else {
            answer = .tooFew(count: sums[0] + sums[1], needed: needed)
            return
        }
        var found: Answer?
        var (rightTaken, wrongTaken, allTaken) = (0, 0, 0)
        for bin in (0..<ScoreBins.count).reversed() {
            rightTaken += right.counts[bin]
            wrongTaken += wrong.counts[bin]
            allTaken += all.counts[bin]
            let taken = Proportion(count: rightTaken, total: rightTaken + wrongTaken)
            // A threshold lies at the score of a corrected record: what is below it nobody has looked at.
            guard right.counts[bin] + wrong.counts[bin] > 0, taken.total >= needed, let share = taken.share,
                share >= precision
            else { continue }
            found = .from(
                thousandths: bin,
                precision: taken,
                recall: Proportion(count: rightTaken, total: sums[0]),
                taken: Proportion(count: allTaken, total: sums[2])
            )
        }
        answer = found ?? .notReached
    }
}
