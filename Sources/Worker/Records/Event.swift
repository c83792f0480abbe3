// SPDX-License-Identifier: Apache-2.0
import Kafka

/// A record's text, and the record that it came in.
struct Event: Sendable {
    let record: Record
    let text: String
}

/// What decoding makes of a record.
enum Decoded: Sendable {
    case event(Event)
    /// Nothing to tag, by the settings: the record is counted and passed over.
    case skipped(Skip)
    /// A null value that goes to the output topic as it is, so that compacted topics lose what was deleted.
    case tombstone
    case rejected(Rejection)
}

/// Why a record gave no output and no dead letter.
enum Skip: String, Sendable, CaseIterable {
    case tombstone
    case emptyText = "empty_text"
    /// The partition went to another worker before the record was done; that worker tags it.
    case revoked
}
