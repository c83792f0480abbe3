// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Says on a terminal how far something has come, in one line that is written over; elsewhere it says nothing.
struct ProgressLine {
    private let unit: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var last = ContinuousClock.now

    /// - Parameter unit: what is counted.
    init(unit: String) {
        self.unit = unit
    }

    /// Shows it, a few times a second.
    mutating func show(_ done: Int, of all: Int) {
        show("\(done) of \(all) \(unit)")
    }

    /// Shows a text, a few times a second.
    mutating func show(_ text: String) {
        guard isTerminal, last.duration(to: .now) > .milliseconds(200) else { return }
        last = .now
        write("\r\u{1B}[K\(text)")
    }

    /// Leaves nothing of it.
    func close() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        // A terminal that was closed is no reason to stop.
        try? Terminal.write(Array(text.utf8), to: STDERR_FILENO)
    }
}
