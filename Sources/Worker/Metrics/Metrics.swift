// SPDX-License-Identifier: Apache-2.0
internal import Synchronization
internal import Threading

/// A number that only grows.
final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add(_ amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
}

/// How values spread over fixed buckets.
final class Histogram: Sendable {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Monitor<State>

    /// Times from 0.1 ms to 105 s, each bucket twice as wide as the one before.
    static func seconds() -> Histogram { Histogram((0...20).map { 0.0001 * Double(1 << $0) }) }

    /// Sizes from 1 to `highest`, in powers of two.
    static func sizes(upTo highest: Int) -> Histogram {
        Histogram(sequence(first: 1) { $0 * 2 }.prefix { $0 <= highest }.map(Double.init))
    }

    /// Shares, finer where they are small.
    static func shares() -> Histogram { Histogram([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]) }

    /// Shares of what would be full, each bucket twice as wide as the one before.
    static func fill() -> Histogram { Histogram((0...7).reversed().map { 1 / Double(1 << $0) }) }

    /// Scores, finer where they are high.
    static func scores() -> Histogram { Histogram((1...9).map { Double($0) / 10 } + [0.95, 0.99, 1]) }

    private init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Monitor(State(counts: [Int](repeating: 0, count: bounds.count + 1)))
    }

    /// Counts a value, as often as `times` says.
    func observe(_ value: Double, times: Int = 1) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += times
            state.sum += value * Double(times)
        }
    }

    func observe(_ duration: Duration, times: Int = 1) { observe(duration / .seconds(1), times: times) }

    /// The upper bounds with how many values lie at or below each, the sum, and the count of all.
    var snapshot: (buckets: [(bound: Double, count: Int)], sum: Double, count: Int) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        var buckets: [(Double, Int)] = []
        for (bound, count) in zip(bounds, counts) {
            total += count
            buckets.append((bound, total))
        }
        return (buckets, sum, total + counts[bounds.count])
    }
}
