// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Keeps to a rate: what is early waits. Pure: what time it is comes in.
struct ReplayPace {
    /// Records a second.
    let rate: Double
    private var due: ContinuousClock.Instant?
    /// What may be caught up with: the moments that a thread is held up for, and no pause of the process.
    private static let slack = Duration.milliseconds(100)

    init(rate: Double) { self.rate = rate }

    /// When the next records may be read.
    /// - Parameter records: how many were.
    mutating func due(after records: Int, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let next = max(due ?? now, now - Self.slack) + .seconds(Double(records) / rate)
        due = next
        return next
    }
}

extension StopSignal {
    /// Waits; false if the signal is given before that time.
    func sleep(until time: ContinuousClock.Instant) -> Bool {
        while !isRequested {
            let left = time - .now
            if left <= .zero { return true }
            usleep(UInt32(max(min(left, .milliseconds(50)) / .microseconds(1), 1)))
        }
        return false
    }
}
