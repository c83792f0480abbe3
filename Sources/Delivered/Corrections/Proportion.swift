// SPDX-License-Identifier: Apache-2.0

/// So many of so many, and what that says of the share.
public struct Proportion: Sendable, Equatable {
    /// How many of them.
    public let count: Int
    /// Of how many.
    public let total: Int

    /// The share; nil of none.
    public var share: Double? { total > 0 ? Double(count) / Double(total) : nil }

    /// The 95 % interval of the share; nil of none.
    ///
    /// Wilson's score interval: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
    /// (1927); Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001),
    /// recommend it also for few and for shares near 0 and 1.
    public var interval: ClosedRange<Double>? {
        guard let share else { return nil }
        let (n, z) = (Double(total), Self.z)
        let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        let width = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return max(centre - width, 0)...min(centre + width, 1)
    }

    /// The quantile of the normal distribution that 2.5 % lie above.
    static let z = 1.959963984540054

    /// Of how many at least the share would have to be 1 for its interval to begin at `share`: fewer cannot show that a share
    /// is so high.
    ///
    /// - Parameter share: 0 to below 1.
    static func least(toShow share: Double) -> Int { max(Int((z * z * share / (1 - share)).rounded(.up)), 1) }
}
