// SPDX-License-Identifier: Apache-2.0
package import Kafka

/// Headers that the worker gives records: they say where a record came from, and what was wrong with it. What looks at
/// delivered records afterwards reads them.
package enum OwnHeaders {
    /// Names the input record, as its `id`, where the value cannot: it is the input's own, or null.
    package static let source = "cloud4bert.source"
    /// Begins the names of a dead letter's headers.
    package static let errorPrefix = "cloud4bert.error."
    /// How often a record that was requeued has failed; it travels with the record, for the next dead letter to count on.
    package static let attempts = "cloud4bert.attempts"

    /// The headers that a record had before it became a dead letter.
    package static func original(_ headers: [Header]) -> [Header] {
        headers.filter { !$0.name.hasPrefix(errorPrefix) && $0.name != attempts }
    }
}
