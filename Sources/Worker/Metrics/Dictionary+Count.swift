// SPDX-License-Identifier: Apache-2.0

extension Dictionary where Value == Int {
    /// Counts one more of a key, or of `other` where there are `limit` keys: a model may have any number of labels, and each
    /// is a time series of its own to whoever keeps the metrics.
    mutating func count(_ key: Key, other: Key, limit: Int = 200) {
        self[self[key] != nil || count < limit ? key : other, default: 0] += 1
    }
}
