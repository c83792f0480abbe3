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

    /// What `amount` in each of these times comes to a second: at its best, in the middle, and what 95 % of them exceed.
    func rates(of amount: Int) -> (best: Double, median: Double, p95: Double) {
        (Double(amount) / least, Double(amount) / median, Double(amount) / p95)
    }

    /// Heads of a table's columns for three such figures.
    static func heads(_ unit: String, best: String = "best") -> [String] { ["\(unit): \(best)", "median", "p95"] }

    /// The least value that this share of all does not exceed.
    private func quantile(_ share: Double) -> Double {
        sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }
}
