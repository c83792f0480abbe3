// SPDX-License-Identifier: Apache-2.0
internal import JSON
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

    /// Begins the names of headers that say what a classifier beside the main one says; its name comes next.
    package static let morePrefix = "sentiment.more."

    /// The labels that hold by classifiers beside the main one, as `toxicity.toxic`. Of several headers of one name the last
    /// counts.
    package static func moreLabels(in headers: [Header]) -> [String] {
        let own = headers.filter { $0.name.hasPrefix(morePrefix) }
        let values = Dictionary(own.map { ($0.name.dropFirst(morePrefix.count), $0.value ?? []) }) { $1 }
        return values.compactMap { name, value in
            guard name.hasSuffix(".label"), let label = String(validating: value, as: UTF8.self) else { return nil }
            let classifier = name.dropLast(".label".count)
            guard let list = values[classifier + ".labels"] else { return "\(classifier).\(label)" }
            return firstString(of: list).map { "\(classifier).\($0)" }
        }.sorted()
    }

    /// The first string of an array in JSON.
    private static func firstString(of array: [UInt8]) -> String? {
        guard var reader = try? JSONReader(array), reader.enterArray(), (try? reader.nextElement()) == true,
            let first = try? reader.string()
        else { return nil }
        return reader.text(first)
    }

    /// The headers that a record had before it became a dead letter.
    package static func original(_ headers: [Header]) -> [Header] {
        headers.filter { !$0.name.hasPrefix(errorPrefix) && $0.name != attempts }
    }
}
