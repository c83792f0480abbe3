// SPDX-License-Identifier: Apache-2.0
import Kafka

/// The newest verdict on each result. Pure; records come in any order, but those of one partition in the order of their
/// offsets.
///
/// Of two in one partition the later one is newer, as a compacted topic has it; of two partitions, that with the later
/// timestamp.
struct Verdicts {
    private struct Verdict {
        let label: String?
        let partition: TopicPartition
        /// Milliseconds since 1970.
        let time: Int64
    }

    private var newest: [ResultSource: Verdict] = [:]
    /// Records that are corrections, and that are none.
    private(set) var (read, malformed) = (0, 0)

    mutating func add(_ record: Record) {
        guard let correction = Correction(record) else {
            malformed += 1
            return
        }
        read += 1
        let verdict = Verdict(
            label: correction.label,
            partition: record.topicPartition,
            time: record.timestamp?.milliseconds ?? .min
        )
        if let known = newest[correction.source], known.partition != verdict.partition, known.time > verdict.time {
            return
        }
        newest[correction.source] = verdict
    }

    /// Results whose newest verdict withdraws what was said before.
    var withdrawn: Int { newest.values.count { $0.label == nil } }

    /// The right label of each result that a verdict stands on.
    var labels: [ResultSource: String] { newest.compactMapValues(\.label) }
}
