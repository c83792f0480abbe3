// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How well two sets of rows can be told apart: the area under the ROC curve of a classifier that learns which row is of which
/// set, on rows that it has not seen. 0.5 is a guess, so that the sets look alike; 1 is never wrong.
///
/// That a classifier tells two samples apart is a test of whether they are of one distribution (Lopez-Paz and Oquab,
/// "Revisiting classifier two-sample tests", 2017). Pure, and the same bits each time.
public struct DomainClassifier: Sendable, Equatable {
    /// The area under the ROC curve, the mean over the folds.
    public let auc: Double
    /// Rows of both sets.
    public let rows: Int
    /// The standard error of the area where the sets are alike (Hanley and McNeil, 1982).
    public let standardError: Double

    private static let folds = 5
    /// Rows of a set, so that each fold has some of both.
    static let leastRows = 20

    /// Learns from rows `[N, D]` of which some are of the second set; nil where a set has too few. Rows are dealt out to the
    /// folds in their order, which is to have nothing to do with what is in them.
    init?(_ rows: [[Float]], isSecond: [Bool]) {
        let (ones, zeros) = (isSecond.count { $0 }, isSecond.count { !$0 })
        guard min(ones, zeros) >= Self.leastRows else { return nil }
        var dealt = [false: 0, true: 0]
        let folds = isSecond.map { kind in
            dealt[kind, default: 0] += 1
            return dealt[kind, default: 0] % Self.folds
        }
        let areas = (0..<Self.folds).map { fold in
            let (seen, unseen) = (rows.indices.filter { folds[$0] != fold }, rows.indices.filter { folds[$0] == fold })
            let classifier = LogisticRegression(seen.map { rows[$0] }, seen.map { isSecond[$0] })
            return Self.area(unseen.map { classifier(rows[$0]) }, unseen.map { isSecond[$0] })
        }
        auc = areas.reduce(0, +) / Double(Self.folds)
        self.rows = rows.count
        standardError = (Double(ones + zeros + 1) / (12 * Double(ones) * Double(zeros))).squareRoot()
    }

    /// What the area is taken for. Up to 0.55, and what chance alone may make, it is little: of a long stream, no two parts
    /// are quite alike.
    public var drift: PopulationStability.Drift {
        auc <= max(0.55, 0.5 + 3 * standardError) ? .little : auc <= 0.7 ? .some : .large
    }

    /// The share of pairs of both sets in which the row of the second has the higher score; equal ones count half. From the
    /// ranks of the second set, as Mann and Whitney's U.
    static func area(_ scores: [Float], _ isSecond: [Bool]) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (sum, place) = (0.0, 0)
        while place < order.count {
            let equal = order[place...].prefix { scores[$0] == scores[order[place]] }
            let rank = Double(2 * place + equal.count + 1) / 2
            sum += rank * Double(equal.count { isSecond[$0] })
            place += equal.count
        }
        let (ones, zeros) = (Double(isSecond.count { $0 }), Double(isSecond.count { !$0 }))
        return (sum - ones * (ones + 1) / 2) / (ones * zeros)
    }
}
