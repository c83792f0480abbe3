// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How far two distributions over the same classes lie apart: the population stability index, Σ (q − p) · ln(q / p), which is
/// Jeffreys' divergence.
///
/// By the custom of scoring (Siddiqi, "Credit Risk Scorecards", 2006) less than 0.1 is no drift, and more than 0.25 a large one.
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

    /// The share that stands for a class without records, which would make the index infinite.
    private static let leastShare = 1e-4

    /// Compares counts of the same classes; without records there is no drift.
    public init(_ reference: [Int], _ current: [Int]) {
        precondition(reference.count == current.count, "the same classes are compared")
        let (all, others) = (Double(reference.reduce(0, +)), Double(current.reduce(0, +)))
        guard all > 0, others > 0 else {
            index = 0
            return
        }
        index = zip(reference, current).reduce(0) { sum, counts in
            let p = max(Double(counts.0) / all, Self.leastShare)
            let q = max(Double(counts.1) / others, Self.leastShare)
            return sum + (q - p) * log(q / p)
        }
    }

    /// What the index is commonly taken for.
    public var drift: Drift { index < 0.1 ? .little : index <= 0.25 ? .some : .large }
}
