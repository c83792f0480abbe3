// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How far two distributions over the same classes lie apart: the population stability index, Σ (q − p) · ln(q / p), with the
/// shares p of the reference and q of what is looked at, which is Jeffreys' divergence.
///
/// By the custom of scoring (Siddiqi, "Credit Risk Scorecards", 2006) less than 0.1 is no drift, and more than 0.25 a large one.
/// Without any drift its mean is (classes − 1) · (1 / n + 1 / m) for n and m records (Yurdakul, "Statistical properties of
/// population stability index", 2018): 0.0018 for ten classes and 10,000 records in both.
public struct PopulationStability: Sendable, Equatable {
    /// What an index is commonly taken for.
    public enum Drift: String, Sendable {
        /// Below 0.1.
        case little
        /// From 0.1 to 0.25.
        case some
        /// Above 0.25.
        case large
    }

    /// The index, from 0 on.
    public let index: Double

    /// Compares counts of the same classes; without records there is no drift. Half a record is added to each class, since
    /// one without would make the index infinite.
    public init(_ reference: [Int], _ current: [Int]) {
        precondition(reference.count == current.count, "the same classes are compared")
        guard reference.contains(where: { $0 > 0 }), current.contains(where: { $0 > 0 }) else {
            index = 0
            return
        }
        index = zip(Self.shares(reference), Self.shares(current)).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
    }

    private static func shares(_ counts: [Int]) -> [Double] {
        let total = Double(counts.reduce(0, +)) + 0.5 * Double(counts.count)
        return counts.map { (Double($0) + 0.5) / total }
    }

    /// What the index is commonly taken for.
    public var drift: Drift { index < 0.1 ? .little : index <= 0.25 ? .some : .large }
}
