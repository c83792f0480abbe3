// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Tells two kinds of rows apart by a weighted sum of their columns: logistic regression with an L2 penalty on columns of
/// mean 0 and variance 1. Pure, and the same bits each time.
struct LogisticRegression {
    private let mean: [Float]
    /// 1 / the standard deviation of each column; 0 where it does not vary.
    private let scale: [Float]
    private var weights: [Float]

    /// Of the mean loss. Strong, for there may be as many columns as rows.
    private static let penalty: Float = 0.1
    private static let steps = 100

    /// Learns from rows `[N, D]`, of which some are of the second kind, and some are not.
    ///
    /// Nesterov's accelerated gradient, for a loss that is strongly convex ("Introductory Lectures on Convex Optimization",
    /// 2004, 2.2.11). The intercept is that of rows that say nothing: columns of mean 0 move it little.
    init(_ rows: [[Float]], _ isSecond: [Bool]) {
        let width = rows[0].count
        (mean, scale) = Self.moments(of: rows)
        weights = [Float](repeating: 0, count: width)
        let table = rows.flatMap { standardised($0) }
        let (count, ones) = (Float(rows.count), Float(isSecond.count { $0 }))
        let intercept = log(ones / (count - ones))
        // The loss curves by at most a quarter of the largest eigenvalue of XᵀX / N, which is at most its trace, D.
        let curvature = Float(width) / 4 + Self.penalty
        let root = (curvature / Self.penalty).squareRoot()
        let momentum = (root - 1) / (root + 1)
        var ahead = weights
        for _ in 0..<Self.steps {
            var gradient = ahead.map { Self.penalty * $0 }
            for (row, isSecond) in isSecond.enumerated() {
                let place = row * width
                var margin = intercept
                for column in 0..<width { margin += ahead[column] * table[place + column] }
                let error = (1 / (1 + exp(-margin)) - (isSecond ? 1 : 0)) / count
                for column in 0..<width { gradient[column] += error * table[place + column] }
            }
            for column in 0..<width {
                let next = ahead[column] - gradient[column] / curvature
                ahead[column] = next + momentum * (next - weights[column])
                weights[column] = next
            }
        }
    }

    /// The log odds of a row being of the second kind, but for the intercept.
    func callAsFunction(_ row: [Float]) -> Float { zip(standardised(row), weights).reduce(0) { $0 + $1.0 * $1.1 } }

    private func standardised(_ row: [Float]) -> [Float] { row.indices.map { (row[$0] - mean[$0]) * scale[$0] } }

    private static func moments(of rows: [[Float]]) -> (mean: [Float], scale: [Float]) {
        var (sums, squares) = (
            [Double](repeating: 0, count: rows[0].count), [Double](repeating: 0, count: rows[0].count)
        )
        for row in rows { for (column, value) in row.enumerated() { sums[column] += Double(value) } }
        let means = sums.map { $0 / Double(rows.count) }
        for row in rows {
            for (column, value) in row.enumerated() {
                let distance = Double(value) - means[column]
                squares[column] += distance * distance
            }
        }
        let scale = squares.map { $0 > 0 ? Float(1 / ($0 / Double(rows.count)).squareRoot()) : 0 }
        return (means.map { Float($0) }, scale)
    }
}
