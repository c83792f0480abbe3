// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The looks of a test at what it waits for.
package enum Looks {
    /// How long what has to come may take: far longer than on the slowest machine, for it only ends what has failed.
    package static let patience = Duration.seconds(300)

    /// The share of a processor that they take, at most: many tests wait at the same time.
    private static let share = 10
    private static let pauses = Duration.milliseconds(10)...Duration.seconds(1)

    /// Waits until the next look is due, the longer the more the last one cost.
    package static func pause(after start: ContinuousClock.Instant) {
        let pause = start.duration(to: .now) * (share - 1)
        usleep(UInt32(min(max(pause, pauses.lowerBound), pauses.upperBound) / .microseconds(1)))
    }
}
