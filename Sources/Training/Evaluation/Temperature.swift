// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The temperature that makes a classifier's scores honest: softmax(logits / T).
///
/// One number, fitted on texts that the model was not trained on, takes away most of what fine-tuning adds of
/// overconfidence, and changes no prediction. Guo et al., "On Calibration of Modern Neural Networks" (2017), section 4.2.
/// Divide the weight and the bias of the last layer by it, and the model is calibrated wherever it runs.
public enum Temperature {
    /// Where the temperature is looked for. Texts whose labels are all predicted right leave it without a minimum, the
    /// lower the better, and labels against all predictions without one above.
    public static let range = 0.05...20.0

    /// Finds the temperature in `range` of the least mean negative log likelihood.
    ///
    /// - Parameters:
    ///   - logits: `[labels.count, K]`, row-major. Rows that are not all finite say nothing, and are passed over.
    ///   - labels: the index of each text's label.
    /// - Returns: the temperature; 1 where the texts do not say, as without texts or with logits that are all the same.
    public static func fit(logits: [Float], labels: [Int]) -> Double {
        let rows = Rows(logits: logits, labels: labels)
        // In β = 1/T the likelihood is log-concave: its slope rises, from one bound to the other, through the minimum.
        var (low, high) = (1 / range.upperBound, 1 / range.lowerBound)
        let (first, last) = (rows.derivatives(at: low), rows.derivatives(at: high))
        guard first.slope != 0 || last.slope != 0 else { return 1 }
        if first.slope >= 0 { return range.upperBound }
        if last.slope <= 0 { return range.lowerBound }
        var beta = 1.0
        // Newton's method, held between the bounds by halving them: 6 steps as a rule, 60 at the worst.
        for _ in 0..<100 where high - low > 1e-12 * high {
            let (slope, curvature) = rows.derivatives(at: beta)
            if slope == 0 { break }
            if slope > 0 { high = beta } else { low = beta }
            let next = beta - slope / curvature
            let isInside = next > low && next < high
            let step = abs(next - beta)
            beta = isInside ? next : (low + high) / 2
            if isInside, step < 1e-12 * beta { break }
        }
        return 1 / beta
    }
}

/// Logits relative to that of the row's own label, which is 0: the likelihood of a row is 1 / Σ exp(β z).
private struct Rows {
    private let values: [Double]
    private let width: Int
    let count: Int

    init(logits: [Float], labels: [Int]) {
        let width = labels.isEmpty ? 0 : logits.count / labels.count
        precondition(logits.count == labels.count * width, "every text has as many logits")
        precondition(labels.allSatisfy((0..<width).contains), "a label is the index of a logit")
        var values: [Double] = []
        values.reserveCapacity(logits.count)
        for (row, label) in labels.enumerated() {
            let logits = logits[row * width..<(row + 1) * width]
            guard logits.allSatisfy(\.isFinite) else { continue }
            let own = Double(logits[logits.startIndex + label])
            values += logits.map { Double($0) - own }
        }
        self.values = values
        self.width = width
        count = width == 0 ? 0 : values.count / width
    }

    func forEach(_ body: (ArraySlice<Double>) -> Void) {
        for row in 0..<count { body(values[row * width..<(row + 1) * width]) }
    }

    /// The first and second derivative by β of the summed negative log likelihood: Σ E[z] and Σ Var[z], where a row's z
    /// are drawn by softmax(β z).
    func derivatives(at beta: Double) -> (slope: Double, curvature: Double) {
        var (slope, curvature) = (0.0, 0.0)
        forEach { row in
            // Relative to the highest, so that no exponential overflows.
            let highest = row.max() ?? 0
            var (sum, first, second) = (0.0, 0.0, 0.0)
            for value in row {
                let offset = value - highest
                let weight = exp(beta * offset)
                sum += weight
                first += weight * offset
                second += weight * offset * offset
            }
            let mean = first / sum
            slope += mean + highest
            curvature += max(second / sum - mean * mean, 0)
        }
        return (slope, curvature)
    }
}
