// SPDX-License-Identifier: Apache-2.0

/// Decides when messages follow on those that the producer has already. Pure: time comes in as a parameter.
///
/// librdkafka (2.0.2) counts the messages of a partition that are under way where brokers allow five requests, and its
/// thread spins while others wait behind them. So what comes up meanwhile is kept back, and goes at once when the reports
/// are there; but not for long, for one broker that is slow must not hold up what goes to the others.
struct SendWindow {
    private var opens: ContinuousClock.Instant?

    /// Reports that may be outstanding all the same: with so few, librdkafka does not spin.
    private static let slack = 4
    private static let patience = Duration.milliseconds(200)

    /// Whether messages may be sent.
    ///
    /// - Parameter unreported: messages that were sent and not reported on.
    func maySend(unreported: Int, at now: ContinuousClock.Instant) -> Bool {
        unreported <= Self.slack || opens.map { $0 <= now } ?? true
    }

    /// Messages were sent.
    mutating func sent(at now: ContinuousClock.Instant) { opens = now + Self.patience }

    /// When to look again, where nothing could be sent: at `due`, or before that when the patience is over.
    func wake(by due: ContinuousClock.Instant, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        guard let opens, opens > now else { return due }
        return min(due, opens)
    }
}
