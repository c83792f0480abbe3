// SPDX-License-Identifier: Apache-2.0

/// Measurements of one thing, by size.
struct Samples {
    private let sorted: [Double]

    /// - Parameter values: at least one.
    init(_ values: [Double]) {
        precondition(!values.isEmpty, "nothing was measured")
        sorted = values.sorted()
    }

    /// Takes durations as seconds.
    init(_ durations: [Duration]) { self.init(durations.map { $0 / .seconds(1) }) }

    var least: Double { sorted[0] }
    var median: Double { quantile(0.5) }
    var p95: Double { quantile(0.95) }
    var p99: Double { quantile(0.99) }

    /// The least value that this share of all does not exceed.
    private func quantile(_ share: Double) -> Double {
        sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }
}
