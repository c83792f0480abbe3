// SPDX-License-Identifier: Apache-2.0

/// How many records may wait for their results, or for those of earlier ones, where the newest are to be tagged first: no more
/// than are done within a time, so that what comes next waits no longer than that. Pure: time comes in as a parameter.
///
/// In a flood, fronts jump ahead because of what is old when it is read. What is read while it is young and then waits for the
/// encoders cannot be jumped over any more: of as many as `inflight.max.records`, the newest would wait for all. So many wait
/// so long as they take at the rate that they are done at (Little's law); the rate is what was seen lately, of those that had
/// to wait: of one text a thousand times, all but one are done as they come, and say nothing about the others. Two periods count:
/// those that are explained are done later than they come, and with those of the next.
struct WaitingLimit {
    private let time: Duration
    /// Since when results are counted.
    private var start: ContinuousClock.Instant?
    private var results = 0
    /// How many were done within the time in the last period.
    private var last: Double?
    /// How many there may be.
    private(set) var records = Self.least

    /// How long results are counted for.
    private static let period = Duration.milliseconds(500)
    /// Records of one poll. While these are done at once, more are done in each period than there may be, and the limit grows.
    private static let least = Intake.recordsPerPoll

    /// - Parameter time: that a record may wait.
    init(time: Duration) { self.time = time }

    /// So many records have their results that had to wait for them.
    mutating func finished(_ count: Int, at now: ContinuousClock.Instant) {
        guard let start else {
            self.start = now
            return
        }
        results += count
        let passed = now - start
        guard passed >= Self.period else { return }
        let done = Double(results) * (time / passed)
        records = max(Int((done + (last ?? done)) / 2), Self.least)
        (self.start, results, last) = (now, 0, done)
    }
}
