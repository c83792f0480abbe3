// SPDX-License-Identifier: Apache-2.0
import Kafka

/// How far one partition is done. Pure.
struct PartitionProgress {
    let partition: TopicPartition
    let committed: OffsetAndMetadata
    /// After its last record; nil while that is not known.
    let end: Int64?
    /// Of its records at the front.
    let times: RecordTimes?
    /// When it was last seen without a lag, in milliseconds since 1970.
    let caughtUp: Int64?
    /// Milliseconds since 1970.
    let now: Int64

    /// Records that are not done; nil while the end is not known.
    var lag: Int? {
        guard let end, end >= committed.offset else { return nil }
        return Int(OpenOffsets(committed).count(before: end))
    }

    /// How old the oldest record is that is not done, in seconds; nil where no record has said what time it is of.
    ///
    /// Of records that are not read yet the time is not known. They are no older than the last one that is done, nor than
    /// the moment at which nothing was left.
    var lagSeconds: Double? {
        guard let lag else { return nil }
        guard lag > 0 else { return 0 }
        let bounds = [times?.newestDone, caughtUp].compactMap(\.self)
        guard let time = times?.oldestInFlight ?? bounds.max() else { return nil }
        return Double(max(now - time, 0)) / 1_000
    }
}

/// Timestamps of a partition's records, in milliseconds since 1970.
struct RecordTimes: Equatable {
    /// Of the first record that is read and not done; nil where there is none, or it has no timestamp.
    let oldestInFlight: Int64?
    /// The highest of those that are done.
    let newestDone: Int64?
}
