// SPDX-License-Identifier: Apache-2.0

/// Knows how far one partition may be committed: up to the first record that is not resolved, and never past it.
///
/// A record is resolved when its output, or its dead letter, is acknowledged, or when there is nothing to publish.
struct OffsetTracker {
    private var pending = OffsetQueue<Bool>()
    /// The offset to commit: after the last record below which all are resolved; nil while there is none.
    private(set) var position: Int64?
    private var committed: Int64?

    /// A record was read.
    mutating func track(_ offset: Int64) {
        pending.append(false, at: offset)
    }

    /// A record is done with.
    mutating func resolve(_ offset: Int64) {
        pending[offset] = true
        while let (offset, isResolved) = pending.first, isResolved {
            pending.removeFirst()
            position = offset + 1
        }
    }

    /// Records read and not resolved.
    var unresolved: Int { pending.count }

    /// The offset to commit now, once; nil if it is committed already.
    mutating func takePosition() -> Int64? {
        guard position != committed else { return nil }
        committed = position
        return position
    }

    /// A commit failed: the offset is due again.
    mutating func commitFailed() {
        committed = nil
    }
}
