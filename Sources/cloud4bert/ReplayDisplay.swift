// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Worker

/// Shows on a terminal how far a replay has come, how fast it is, and how long it will take.
final class ReplayDisplay: Sendable {
    private let start = ContinuousClock.now
    private let first: (records: Int, done: Int64)
    private let state: Mutex<State>

    private struct State {
        var line: ProgressLine
        var progress: ReplayProgress
    }

    init(from progress: ReplayProgress) {
        first = (progress.records, progress.done)
        state = Mutex(State(line: ProgressLine(unit: progress.plan.unit), progress: progress))
    }

    /// How far a replay has come.
    static func text(_ progress: ReplayProgress) -> String {
        let place = progress.plan.isOpen ? "" : " of \(progress.done) of \(progress.plan.count) \(progress.plan.unit)"
        return "\(progress.records) records" + place
    }

    /// Keeps how far it has come, and shows it.
    func show(_ progress: ReplayProgress) {
        let text = describe(progress)
        state.withLock { state in
            state.progress = progress
            state.line.show(text)
        }
    }

    /// Says on standard error, terminal or not, how far it has come.
    func tell() { Terminal.complain(describe(state.withLock(\.progress))) }

    func close() { state.withLock { $0.line.close() } }

    private func describe(_ progress: ReplayProgress) -> String {
        let seconds = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        let left = Double(progress.plan.count - progress.done)
        let pace = Double(progress.done - first.done) / seconds
        let rate = Int(Double(progress.records - first.records) / seconds)
        let time = pace > 0 ? ", \(Self.text(left / pace)) left" : ""
        let rest = progress.plan.isOpen ? "" : ", \(Int(left)) to go\(time)"
        return "\(Self.text(progress)), \(rate) records/s\(rest)"
    }

    private static func text(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 1e9))
        let (hours, minutes) = (whole / 3_600, whole / 60 % 60)
        if hours > 0 { return "\(hours)h\(minutes)m" }
        return minutes > 0 ? "\(minutes)m\(whole % 60)s" : "\(whole)s"
    }
}

extension ReplayPlan {
    /// What is counted.
    fileprivate var unit: String { isFile ? "lines" : "offsets" }
}
