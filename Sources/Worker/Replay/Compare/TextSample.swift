// SPDX-License-Identifier: Apache-2.0
import Kafka

/// Some of many texts, with when they came, in bounded memory: those whose ids have the lowest hashes, which is a uniform
/// sample, and the same one in each run whatever order they come in ("bottom-k", Cohen and Kaplan, 2007).
struct TextSample: Sendable {
    struct Entry: Sendable {
        let hash: UInt64
        /// When it came: milliseconds since 1970, or the line of a file.
        let time: Int64
        let text: String
    }

    /// Lowest hash first: an order that has nothing to do with time.
    private(set) var entries: [Entry] = []
    private let size: Int
    /// Unicode scalars that are kept of a text: more than are read of it.
    private static let mostScalars = 2_048

    /// - Parameter size: texts, at most.
    init(size: Int) { self.size = size }

    /// - Parameter id: of the record.
    mutating func add(id: String, time: Int64, text: @autoclosure () -> String?) {
        let hash = Record.sampleHash(of: id)
        guard entries.count < size || hash < entries[size - 1].hash, let text = text() else { return }
        let entry = Entry(hash: hash, time: time, text: String(text.unicodeScalars.prefix(Self.mostScalars)))
        entries.insert(entry, at: entries.firstIndex { hash < $0.hash } ?? entries.count)
        if entries.count > size { entries.removeLast() }
    }

    /// The time that divides the texts into two halves as equal as can be, the first of the second half; nil where all are of
    /// one time.
    var middle: Int64? {
        let times = entries.map(\.time).sorted()
        let starts = times.indices.dropFirst().filter { times[$0] > times[$0 - 1] }
        return starts.min { abs(2 * $0 - times.count) < abs(2 * $1 - times.count) }.map { times[$0] }
    }
}
