// SPDX-License-Identifier: Apache-2.0

/// A text on its way to an encoder, or one window of a long text: these are encoded like texts of their own, each in
/// whichever batch has room for it.
struct TextWindow: Sendable {
    let item: InFlight
    /// Which of the text's windows, or of the texts without a word.
    let index: Int
    /// How many ids that are, of the reading that has most.
    private(set) var tokens = 0

    init(item: InFlight, index: Int) {
        (self.item, self.index) = (item, index)
        for reading in item.version.readings.indices {
            tokens = max(tokens, sequences(in: reading).reduce(0) { $0 + $1.count })
        }
    }

    /// What classifiers of one reading read of it.
    func sequences(in reading: Int) -> [[Int32]] {
        let count = item.sequenceCount(in: reading)
        return RowLayout.share(of: index, among: item.sequenceCount, sequences: count)
            .map { item.ids(at: $0, in: reading) }
    }

}

/// What the classifiers say of a text's windows, until all are there.
struct WindowRows: Sendable {
    private var rows: [Float]
    private let windows: Int
    private var missing: Int

    init(_ layout: RowLayout, windows: Int) {
        rows = [Float](repeating: 0, count: layout.count)
        self.windows = windows
        missing = windows
    }

    mutating func take(_ window: Int, from batch: inout ClassifierRows, _ layout: RowLayout) {
        for (classifier, part) in layout.parts.enumerated() {
            let share = RowLayout.share(of: window, among: windows, sequences: part.sequences)
            let own = batch.next(share.count * part.width, of: classifier)
            let start = part.start + share.lowerBound * part.width
            rows.replaceSubrange(start..<start + own.count, with: own)
        }
        missing -= 1
    }

    /// All of them; nil while some are missing.
    var whole: [Float]? { missing == 0 ? rows : nil }
}
