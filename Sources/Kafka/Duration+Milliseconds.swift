// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// The duration as librdkafka takes it: whole milliseconds, rounded up so that a short wait is a wait and not a
    /// busy loop, within 0...24 days. Never negative, which librdkafka would read as "for ever".
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return .max }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
