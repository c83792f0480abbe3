// SPDX-License-Identifier: Apache-2.0

import CRdKafka

/// Where to read a partition from.
public enum Offset: Sendable, Hashable {
    /// The oldest record that the broker still has.
    case beginning
    /// After the newest record: only records that come later.
    case end
    /// The record at this offset, or the next one that is there.
    case at(Int64)

    /// The offset as librdkafka writes it: negative numbers are the logical ones, so a negative `at` has none.
    var raw: Int64? {
        switch self {
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        case .at(let offset): offset >= 0 ? offset : nil
        }
    }
}
