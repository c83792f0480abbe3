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

/// Writes metrics in Prometheus' text format, version 0.0.4.
struct MetricsText {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    private(set) var text = ""

    /// Writes one metric with all its series.
    mutating func metric(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ series: [(labels: [(String, String)], value: Double)]
    ) {
        header(name, kind, help)
        for (labels, value) in series { line(name, labels, value) }
    }

    /// Writes a metric of one series without labels.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        metric(name, kind, help, [([], Double(value))])
    }

    /// Writes a histogram with one series for each value of a label, or one without a label.
    mutating func histograms(
        _ name: String,
        _ help: String,
        _ series: [(labels: [(String, String)], histogram: Histogram)]
    ) {
        header(name, .histogram, help)
        for (labels, histogram) in series {
            let (buckets, sum, count) = histogram.snapshot
            for (bound, below) in buckets { line(name + "_bucket", labels + [("le", number(bound))], Double(below)) }
            line(name + "_bucket", labels + [("le", "+Inf")], Double(count))
            line(name + "_sum", labels, sum)
            line(name + "_count", labels, Double(count))
        }
    }

    private mutating func header(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let pairs = labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
        text += pairs.isEmpty ? "\(name) \(number(value))\n" : "\(name){\(pairs)} \(number(value))\n"
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : value.description
    }

    private func escaped(_ label: String) -> String {
        var escaped = ""
        for character in label {
            switch character {
            case "\\": escaped += #"\\"#
            case "\"": escaped += #"\""#
            case "\n": escaped += #"\n"#
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
