// SPDX-License-Identifier: Apache-2.0

/// A text on its way to an encoder, or one window of a long text: these are encoded like texts of their own, each in
/// whichever batch has room for it.
struct TextWindow: Sendable {
    let item: InFlight
    /// Which of the text's windows, or of the texts without a word.
    let index: Int

    var ids: [Int32] { item.ids(at: index) }
}

/// The logits of a text's windows, until all are there.
struct WindowLogits: Sendable {
    /// `[windows, labels]`.
    private var logits: [Float]
    private let labels: Int
    private var missing: Int

    init(windows: Int, labels: Int) {
        logits = [Float](repeating: 0, count: windows * labels)
        self.labels = labels
        missing = windows
    }

    mutating func take(_ own: ArraySlice<Float>, of window: Int) {
        logits.replaceSubrange(window * labels..<(window + 1) * labels, with: own)
        missing -= 1
    }

    /// All of them; nil while some are missing.
    var whole: [Float]? { missing == 0 ? logits : nil }
}
