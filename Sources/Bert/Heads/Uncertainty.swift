// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How sure scores are that sum to 1.
public struct Uncertainty: Sendable, Equatable {
    /// From the highest score to the second, 0 to 1.
    public let margin: Float
    /// Shannon's entropy of the scores as a share of the highest that so many labels can have: 0 where one label has
    /// everything, 1 where all have the same.
    public let entropy: Float

    /// - Parameter ranking: highest score first; nil comes out where there are not two labels.
    public init?(_ ranking: [LabelScore]) {
        guard ranking.count > 1 else { return nil }
        margin = ranking[0].score - ranking[1].score
        let entropy = ranking.reduce(0.0) { $1.score > 0 ? $0 - Double($1.score) * log(Double($1.score)) : $0 }
        self.entropy = Float(min(max(entropy / log(Double(ranking.count)), 0), 1))
    }
}
