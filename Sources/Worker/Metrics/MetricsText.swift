// SPDX-License-Identifier: Apache-2.0

/// Writes metrics as text, in one of the two formats that Prometheus reads.
struct MetricsText {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    /// What a scraper understands.
    enum Format {
        /// Prometheus' text format, version 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.
        case openMetrics

        var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    private let format: Format
    private var lines = ""

    init(_ format: Format = .prometheus) { self.format = format }

    /// All that was written, with the end that the format asks for.
    var text: String { format == .openMetrics ? lines + "# EOF\n" : lines }

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
            for (bound, below) in buckets { line(name + "_bucket", labels + [("le", limit(bound))], Double(below)) }
            line(name + "_bucket", labels + [("le", "+Inf")], Double(count))
            line(name + "_sum", labels, sum)
            line(name + "_count", labels, Double(count))
        }
    }

    private mutating func header(_ name: String, _ kind: Kind, _ help: String) {
        // OpenMetrics names the family, and a counter's sample alone has the suffix.
        let isBare = format == .openMetrics && kind == .counter && name.hasSuffix(Self.total)
        let family = isBare ? String(name.dropLast(Self.total.count)) : name
        lines += "# HELP \(family) \(help)\n# TYPE \(family) \(kind.rawValue)\n"
    }

    private static let total = "_total"

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let pairs = labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
        lines += pairs.isEmpty ? "\(name) \(number(value))\n" : "\(name){\(pairs)} \(number(value))\n"
    }

    /// OpenMetrics wants the bounds of buckets as floats, so that 1 and 1.0 are not two of them.
    private func limit(_ bound: Double) -> String { format == .openMetrics ? bound.description : number(bound) }

    private func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : value.description
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

extension MetricsText.Format {
    /// What to answer to an `Accept` field (RFC 9110, section 12.5.1): OpenMetrics where it is named, and not as less welcome
    /// than plain text.
    init(accept: String?) {
        var (open, plain) = (0.0, 0.0)
        for range in (accept ?? "").lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let quality = parts.first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            switch parts.first {
            case "application/openmetrics-text": open = max(open, quality)
            case "text/plain": plain = max(plain, quality)
            default: break
            }
        }
        self = open > 0 && open >= plain ? .openMetrics : .prometheus
    }
}
