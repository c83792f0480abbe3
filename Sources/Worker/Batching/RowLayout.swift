// SPDX-License-Identifier: Apache-2.0

/// Where in a text's rows those of each classifier stand: one classifier behind the other, the main one first.
struct RowLayout {
    struct Part {
        /// Which of the version's readings it takes the text by.
        let reading: Int
        /// How many sequences that has.
        let sequences: Int
        /// Of a row for each.
        let width: Int
        /// Where its rows begin.
        let start: Int
    }

    private(set) var parts: [Part] = []

    /// Floats in all.
    var count: Int { parts.last.map { $0.start + $0.sequences * $0.width } ?? 0 }

    mutating func append(reading: Int, sequences: Int, width: Int) {
        parts.append(Part(reading: reading, sequences: sequences, width: width, start: count))
    }

    /// The rows `[sequences, width]` of one classifier.
    func rows(of classifier: Int, in rows: ArraySlice<Float>) -> ArraySlice<Float> {
        let part = parts[classifier]
        let start = rows.startIndex + part.start
        return rows[start..<start + part.sequences * part.width]
    }

    /// Which of so many sequences go with one of a text's windows: readings need not have as many of them.
    static func share(of window: Int, among windows: Int, sequences: Int) -> Range<Int> {
        sequences * window / windows..<sequences * (window + 1) / windows
    }
}

/// What the classifiers say of a batch, taken window by window in its order.
struct ClassifierRows {
    /// Of each classifier, a row for each sequence that it read.
    let rows: [[Float]]
    private var taken: [Int]

    init(_ rows: [[Float]]) {
        self.rows = rows
        taken = [Int](repeating: 0, count: rows.count)
    }

    /// The next sequences' rows of one classifier.
    mutating func next(_ count: Int, of classifier: Int) -> ArraySlice<Float> {
        defer { taken[classifier] += count }
        return rows[classifier][taken[classifier]..<taken[classifier] + count]
    }
}
