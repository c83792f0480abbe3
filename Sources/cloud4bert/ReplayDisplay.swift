// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Worker

/// Shows on a terminal how far a replay has come, how fast it is, and how long it will take.
final class ReplayDisplay: Sendable {
    private let start = ContinuousClock.now
    private let first: (records: Int, done: Int64)
    private let line = Mutex(ProgressLine(unit: "offsets"))

    init(from progress: ReplayProgress) { first = (progress.records, progress.done) }

    func show(_ progress: ReplayProgress) {
        let seconds = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        let left = Double(progress.plan.count - progress.done)
        let pace = Double(progress.done - first.done) / seconds
        let rate = Int(Double(progress.records - first.records) / seconds)
        let time = pace > 0 ? ", \(Self.text(left / pace)) left" : ""
        line.withLock { line in
            line.show(
                "\(progress.done) of \(progress.plan.count) offsets, \(rate) records/s, \(Int(left)) to go\(time)"
            )
        }
    }

    func close() { line.withLock { $0.close() } }

    private static func text(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 1e9))
        let (hours, minutes) = (whole / 3_600, whole / 60 % 60)
        if hours > 0 { return "\(hours)h\(minutes)m" }
        return minutes > 0 ? "\(minutes)m\(whole % 60)s" : "\(whole)s"
    }
}
