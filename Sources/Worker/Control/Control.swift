// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// What an operator wants of a running worker. Any thread may ask and change it.
final class Control: Sendable {
    private let paused = Atomic(false)

    /// Whether nothing more is to be read. What is in flight is finished, and the worker stays in its group.
    var isPaused: Bool { paused.load(ordering: .acquiring) }

    /// - Returns: whether that changes anything.
    func setPaused(_ isPaused: Bool) -> Bool {
        paused.exchange(isPaused, ordering: .acquiringAndReleasing) != isPaused
    }

    func write(to text: inout MetricsText) {
        text.metric(
            "cloud4bert_control_paused",
            .gauge,
            "1 while nothing is read, since /control/pause asked for it.",
            isPaused ? 1 : 0
        )
    }
}
