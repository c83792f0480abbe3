// SPDX-License-Identifier: Apache-2.0

/// Decides when files that have changed are to be read. Pure: what they are like comes in, and the time.
///
/// Only when they have not changed since the look before: a certificate and its key are written one after the other. What
/// could not be used is tried again after a while, since the other side may get to know it later.
struct FileChanges<Version: Equatable> {
    private var used: [String: Version]
    private var seen: [String: Version]
    private var nextTry: ContinuousClock.Instant?

    private static var pause: Duration { .seconds(60) }

    init(_ now: [String: Version]) { (used, seen) = (now, now) }

    /// Looks at the files.
    /// - Returns: whether they are to be read.
    mutating func look(_ now: [String: Version], at time: ContinuousClock.Instant) -> Bool {
        guard now == seen else {
            (seen, nextTry) = (now, nil)
            return false
        }
        return now != used && nextTry.map { $0 <= time } ?? true
    }

    /// What was seen last was read.
    /// - Parameter isGood: and is used from now on.
    mutating func tried(isGood: Bool, at time: ContinuousClock.Instant) {
        if isGood { used = seen } else { nextTry = time + Self.pause }
    }
}
