// SPDX-License-Identifier: Apache-2.0

/// For how long no record has come. A process that is stopped, and continued later, has not been waiting meanwhile: of each
/// poll no more counts than it may take, and as much again.
package struct Silence {
    /// How long records may fail to come.
    package static let limit = Duration.seconds(30)

    private let pollTime: Duration
    private var time = Duration.zero

    package init(pollTime: Duration) { self.pollTime = pollTime }

    /// Whether records have failed to come for too long.
    /// - Parameter elapsed: how long the last poll took, which brought none.
    package mutating func isTooLong(after elapsed: Duration) -> Bool {
        time += min(elapsed, pollTime * 2)
        return time > Self.limit
    }

    /// Records have come.
    package mutating func end() { time = .zero }
}
