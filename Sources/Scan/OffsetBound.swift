// SPDX-License-Identifier: Apache-2.0
package import Configuration
package import FoundationEssentials
package import Kafka
package import Settings

/// Where a range of records begins or ends, in each partition of a topic.
package enum OffsetBound: Sendable, Equatable {
    case earliest
    case latest
    case offset(Int64)
    /// The first record that is not older, in milliseconds since 1970.
    case time(Int64)

    /// Parses `earliest`, `latest`, an offset, milliseconds since 1970 (of eleven digits at least), an ISO 8601 time, or a
    /// time from now: `-2h`, `-30m`, `-90s`, `-7d`. A time without a zone is UTC. nil if the text is none of these.
    package init?(_ text: String, now: Date = .now) {
        if text == "earliest" {
            self = .earliest
        } else if text == "latest" {
            self = .latest
        } else if let number = Int64(text), number >= 0 {
            self = number >= Self.leastTime ? .time(number) : .offset(number)
        } else if text.hasPrefix("-"), let unit = text.last, let seconds = Self.units[unit],
            let count = Double(text.dropFirst().dropLast()), count >= 0, count * seconds < 1e10
        {
            self = .time(Int64((now.timeIntervalSince1970 - count * seconds) * 1_000))
        } else if let date = Self.date(text) {
            self = .time(Int64((date.timeIntervalSince1970 * 1_000).rounded()))
        } else {
            return nil
        }
    }

    /// Parses the two bounds of a range.
    ///
    /// - Parameter problems: what else is wrong, to be told with them.
    /// - Throws: `SettingsError` with all problems, where there is any; also where the first lies behind the last.
    package static func range(
        from first: String,
        to last: String,
        problems: [String] = []
    ) throws(SettingsError) -> (OffsetBound, OffsetBound) {
        let (start, end) = (OffsetBound(first), OffsetBound(last))
        var wrong = [("from", first, start), ("to", last, end)].filter { $0.2 == nil }.map { option, text, _ in
            "\(option): '\(text)' is not earliest, latest, an offset, milliseconds since 1970, an ISO 8601 time, or "
                + "a time ago such as -2h"
        }
        if let start, let end, start.isBehind(end) {
            wrong.append(
                "from: '\(first)' lies behind 'to', which is '\(last)', and nothing in between; change the two"
            )
        }
        guard let start, let end, (problems + wrong).isEmpty else { throw SettingsError(problems: problems + wrong) }
        return (start, end)
    }

    /// Whether it is behind another one in every partition.
    private func isBehind(_ other: OffsetBound) -> Bool {
        switch (self, other) {
        case (.offset(let one), .offset(let other)), (.time(let one), .time(let other)): one > other
        case (.latest, .earliest): true
        default: false
        }
    }

    /// From 1973 on; no partition has so many records.
    private static let leastTime: Int64 = 10_000_000_000
    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

    private static func date(_ text: String) -> Date? {
        var text = text
        if !text.contains("T") { text += "T00:00:00" }
        if text.firstMatch(of: /(Z|[+-]\d\d:?\d\d)$/) == nil { text += "Z" }
        return [true, false].lazy.compactMap { hasFraction in
            try? Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction).parse(text)
        }.first
    }
}

extension TopicScan {
    /// What the cluster, being a local one, cannot do with these bounds; nil if it can do it all.
    package func shortcoming(of bounds: OffsetBound...) -> String? {
        let areTimes = bounds.contains { if case .time = $0 { true } else { false } }
        guard areTimes, consumer.isOnLocalCluster(timeout: Self.answerTime) else { return nil }
        return
            "a local cluster finds no offsets for times, and any time stands for the end of a partition there; use offsets"
    }

    /// What the partitions of a topic hold now from one bound to before the other.
    ///
    /// - Parameter numbers: the partitions; empty for all.
    package func bounds(
        of topic: String,
        namedBy option: String,
        partitions numbers: Set<Int32>,
        from first: OffsetBound,
        to last: OffsetBound
    ) throws(WorkerError) -> [TopicPartition: Range<Int64>] {
        let all = try bounds(of: topic, namedBy: option)
            .filter { numbers.isEmpty || numbers.contains($0.key.partition) }
        let starts = try offsets(of: first, in: all)
        let ends = try offsets(of: last, in: all)
        return Dictionary(
            uniqueKeysWithValues: all.map { partition, held in
                let start = min(max(starts[partition] ?? held.upperBound, held.lowerBound), held.upperBound)
                let end = min(max(ends[partition] ?? held.upperBound, start), held.upperBound)
                return (partition, start..<end)
            }
        )
    }

    private func offsets(
        of bound: OffsetBound,
        in held: [TopicPartition: Range<Int64>]
    ) throws(WorkerError) -> [TopicPartition: Int64] {
        switch bound {
        case .earliest: return held.mapValues(\.lowerBound)
        case .latest: return held.mapValues(\.upperBound)
        case .offset(let offset): return held.mapValues { _ in offset }
        case .time(let milliseconds): return try offsets(at: milliseconds, of: Array(held.keys))
        }
    }
}
