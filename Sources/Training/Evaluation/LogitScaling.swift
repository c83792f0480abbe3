// SPDX-License-Identifier: Apache-2.0
import Bert
internal import Glibc

/// What makes a classifier's scores honest on texts of several sources: softmax(logits / T + b), one temperature for all
/// labels and a bias for each.
///
/// A temperature alone takes away what fine-tuning adds of overconfidence (Guo et al., "On Calibration of Modern Neural
/// Networks", 2017); biases, what training texts with other shares of the labels leave (Alexandari, Kundaje and Shrikumar,
/// "Maximum Likelihood with Bias-Corrected Calibration is Hard-To-Beat at Label Shift Adaptation", 2020, who call it
/// bias-corrected temperature scaling). Divide the last layer's weights and bias by T and add b to the bias, and the model
/// is calibrated wherever it runs.
struct LogitScaling: Sendable, Equatable {
    /// T.
    let temperature: Double
    /// b, `[K]`; they sum to 0.
    let biases: [Double]

    /// Where the temperature is looked for. Texts whose labels are all predicted right leave it without a minimum, the
    /// lower the better, and labels against all predictions without one above.
    static let range = 0.05...20.0

    /// What leaves logits as they are.
    init(labels: Int) { self.init(temperature: 1, biases: [Double](repeating: 0, count: labels)) }

    init(temperature: Double, biases: [Double]) {
        self.temperature = temperature
        self.biases = biases
    }

    /// Scales the logits of one text, `[K]`.
    func callAsFunction(_ logits: [Float]) -> [Float] {
        zip(logits, biases).map { Float(Double($0) / temperature + $1) }
    }

    /// Labelled texts of one kind.
    struct Source {
        /// `[texts][K]`. Rows that are not all finite say nothing, and are passed over.
        let logits: [[Float]]
        /// The index of each text's label.
        let labels: [Int]
    }

    /// The scores of each text, `[texts][K]`.
    func scores(of source: Source) -> [[Float]] { source.logits.map { ScoreFunction.softmax(self($0)) } }

    /// Finds temperature and biases of the least negative log likelihood, each source's mean weighing the same.
    ///
    /// Biases are held back by a standard normal prior that weighs as much as one text: without, that of a label which no
    /// text has would have no minimum.
    ///
    /// - Parameter labels: K.
    /// - Returns: what changes nothing, where there are no texts.
    static func fit(_ sources: [Source], labels: Int) -> LogitScaling {
        let likelihood = Likelihood(sources, labels: labels)
        guard likelihood.texts > 0 else { return LogitScaling(labels: labels) }
        // In β = 1/T and b the negative log likelihood is convex: Newton's method, with steps halved until they descend.
        let bounds = (low: 1 / range.upperBound, high: 1 / range.lowerBound)
        var point = [1] + [Double](repeating: 0, count: labels)
        var here = likelihood.expansion(at: point)
        for _ in 0..<200 {
            let isHeld = point[0] == bounds.low && here.slope[0] > 0 || point[0] == bounds.high && here.slope[0] < 0
            var step = here.newtonStep(holdingFirst: isHeld)
            if point[0] == (step[0] > 0 ? bounds.high : bounds.low) { step = here.newtonStep(holdingFirst: true) }
            let descent = zip(step, here.slope).reduce(0) { $0 + $1.0 * $1.1 }
            guard descent < -1e-18 else { break }
            // Not past the bound, on which it then stays or from which it turns back.
            let room = step[0] == 0 ? 1 : ((step[0] > 0 ? bounds.high : bounds.low) - point[0]) / step[0]
            var length = min(1, room)
            var next = point
            var found = here
            repeat {
                next = zip(point, step).map { $0 + length * $1 }
                next[0] = length == room ? (step[0] > 0 ? bounds.high : bounds.low) : next[0]
                found = likelihood.expansion(at: next)
                length /= 2
            } while found.value > here.value + 1e-4 * 2 * length * descent && length > 1e-12
            guard found.value < here.value else { break }
            (point, here) = (next, found)
        }
        return LogitScaling(temperature: 1 / point[0], biases: Array(point[1...]))
    }
}

/// The mean over sources of the mean negative log likelihood, and its prior.
private struct Likelihood {
    /// Logits less that of the text's own label, for numbers that stay exact; `[texts, K]`.
    private var rows: [Double] = []
    private var truths: [Int] = []
    /// What each text counts; they sum to 1.
    private var weights: [Double] = []
    private let labels: Int
    /// How many texts there are.
    var texts: Int { truths.count }

    init(_ sources: [LogitScaling.Source], labels: Int) {
        self.labels = labels
        let finite = sources.map { source in
            zip(source.logits, source.labels).filter { $0.0.allSatisfy(\.isFinite) }
        }.filter { !$0.isEmpty }
        for source in finite {
            for (logits, label) in source {
                precondition(logits.count == labels, "a text has a logit for each label")
                rows += logits.map { Double($0) - Double(logits[label]) }
                truths.append(label)
                weights.append(1 / Double(source.count * finite.count))
            }
        }
    }

    /// The value, slope and curvature at β, b₀ … b₍K₋₁₎. Where a text's label is drawn by its scores, the slope is the mean of
    /// (z, 1 for the label) less that of its own label, and the curvature their covariance.
    func expansion(at point: [Double]) -> Expansion {
        let prior = 1 / Double(texts)
        var expansion = Expansion(size: labels + 1)
        var scores = [Double](repeating: 0, count: labels)
        for (text, truth) in truths.enumerated() {
            let (first, weight) = (text * labels, weights[text])
            for label in 0..<labels { scores[label] = point[0] * rows[first + label] + point[1 + label] }
            let highest = scores.max() ?? 0
            let own = scores[truth]
            var sum = 0.0
            for label in 0..<labels {
                scores[label] = exp(scores[label] - highest)
                sum += scores[label]
            }
            expansion.value += weight * (log(sum) + highest - own)
            var mean = 0.0
            for label in 0..<labels {
                scores[label] /= sum
                mean += scores[label] * rows[first + label]
            }
            // The own label's logit is 0.
            expansion.slope[0] += weight * mean
            for label in 0..<labels {
                let (score, z) = (scores[label], rows[first + label])
                expansion.slope[1 + label] += weight * (score - (label == truth ? 1 : 0))
                expansion.curvature[0][0] += weight * score * (z - mean) * (z - mean)
                expansion.curvature[1 + label][0] += weight * score * (z - mean)
                expansion.curvature[1 + label][1 + label] += weight * score
                for other in 0...label { expansion.curvature[1 + label][1 + other] -= weight * score * scores[other] }
            }
        }
        for label in 1...labels {
            expansion.value += prior / 2 * point[label] * point[label]
            expansion.slope[label] += prior * point[label]
            expansion.curvature[label][label] += prior
        }
        return expansion
    }
}

/// A function's value, slope and curvature at a point.
private struct Expansion {
    var value = 0.0
    var slope: [Double]
    /// The lower triangle of a positive definite matrix.
    var curvature: [[Double]]

    init(size: Int) {
        slope = [Double](repeating: 0, count: size)
        curvature = (0..<size).map { [Double](repeating: 0, count: $0 + 1) }
    }

    /// −curvature⁻¹ · slope, by Cholesky's decomposition; with the first coordinate as it is, if it is held.
    func newtonStep(holdingFirst isHeld: Bool) -> [Double] {
        let first = isHeld ? 1 : 0
        var factor = curvature
        var step = slope.map { -$0 }
        if isHeld { step[0] = 0 }
        for row in first..<slope.count {
            for column in first...row {
                let sum = (first..<column).reduce(factor[row][column]) { $0 - factor[row][$1] * factor[column][$1] }
                // Logits that are all alike leave the temperature no curvature; its slope is 0, too.
                factor[row][column] = row == column ? max(sum, 1e-300).squareRoot() : sum / factor[column][column]
            }
            step[row] = (first..<row).reduce(step[row]) { $0 - factor[row][$1] * step[$1] } / factor[row][row]
        }
        for row in (first..<slope.count).reversed() {
            step[row] = (row + 1..<slope.count).reduce(step[row]) { $0 - factor[$1][row] * step[$1] } / factor[row][row]
        }
        return step
    }
}
