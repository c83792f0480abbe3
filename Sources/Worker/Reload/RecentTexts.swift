// SPDX-License-Identifier: Apache-2.0
import Threading

/// The texts that were tagged last, for a model that is to take over to be compared on. They are few, and of long ones the
/// beginning is kept.
final class RecentTexts: Sendable {
    private struct State {
        var texts: [String] = []
        var next = 0
    }

    private let state = Monitor(State())

    /// The most that are kept, and bytes of each.
    static var limits: (count: Int, bytes: Int) { (128, 8_192) }

    /// A text was tagged.
    func add(_ text: String) {
        let limits = Self.limits
        let kept =
            text.utf8.count > limits.bytes ? String(decoding: text.utf8.prefix(limits.bytes), as: UTF8.self) : text
        state.withLock { state in
            if state.texts.count < limits.count {
                state.texts.append(kept)
            } else {
                state.texts[state.next] = kept
                state.next = (state.next + 1) % limits.count
            }
        }
    }

    /// All that are kept, in no order.
    var all: [String] { state.withLock(\.texts) }
}
