// SPDX-License-Identifier: Apache-2.0

/// A text on its way to an encoder, or one window of a long text: these are encoded like texts of their own, each in
/// whichever batch has room for it.
struct TextWindow: Sendable {
    let item: InFlight
    /// Which of the text's windows, or of the texts without a word.
    let index: Int

    var ids: [Int32] { item.ids(at: index) }
}

/// What the model says of a text's windows, until all are there.
struct WindowRows: Sendable {
    /// `[windows, width]`.
    private var rows: [Float]
    private let width: Int
    private var missing: Int

    init(windows: Int, width: Int) {
        rows = [Float](repeating: 0, count: windows * width)
        self.width = width
        missing = windows
    }

    mutating func take(_ own: ArraySlice<Float>, of window: Int) {
        rows.replaceSubrange(window * width..<(window + 1) * width, with: own)
        missing -= 1
    }

    /// All of them; nil while some are missing.
    var whole: [Float]? { missing == 0 ? rows : nil }
}
