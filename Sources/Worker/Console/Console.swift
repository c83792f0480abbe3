// SPDX-License-Identifier: Apache-2.0
import Configuration
import HTTP
import Kafka
import Settings
import Threading

/// What the console at `/` is told, each second: all clients the same, and each whole history once, at its beginning.
final class Console: HTTPEventSource {
    private struct State {
        var about: ConsoleAbout
        var history = ConsoleHistory()
        var now: ConsoleStatus?
        /// Of the last second.
        var number = 0
        /// What was new in it; nil while nobody looks on.
        var tick: HTTPEvent?
        /// What a client begins with; made when the first one asks.
        var start: HTTPEvent?
        /// When a client last asked.
        var asked: ContinuousClock.Instant?
        /// The newest records that were shown.
        var recent: [RecordSample.Shown] = []
    }

    let sample: RecordSample
    private let access: PortAccess
    private let metrics: WorkerMetrics
    private let health: Health
    private let control: Control
    private let state: Monitor<State>

    /// Without a question for so long nobody looks on any more.
    private static let patience = Duration.seconds(3)

    init(
        sample: RecordSample,
        access: PortAccess,
        metrics: WorkerMetrics,
        health: Health,
        control: Control
    ) {
        state = Monitor(State(about: ConsoleAbout(metrics.live.use, encoders: metrics.encoders)))
        self.sample = sample
        self.access = access
        self.metrics = metrics
        self.health = health
        self.control = control
    }

    /// Reads the counters; to be called each second, by one thread.
    func read(at now: ContinuousClock.Instant = .now) {
        let status = ConsoleStatus(health, metrics, control)
        let use = metrics.live.use
        let (records, seen) = sample.take()
        let reading = status.reading(at: now, metrics)
        state.withLock { state in
            state.history.add(reading)
            state.number += 1
            state.start = nil
            state.now = status
            let isWatched = state.asked.map { now - $0 < Self.patience } ?? false
            sample.isWanted = isWatched
            state.recent = isWatched ? Array((state.recent + records).suffix(2 * RecordSample.limit)) : []
            // With another model everybody begins anew.
            let isSame = state.about.number == use.number
            if !isSame { state.about = ConsoleAbout(use, encoders: metrics.encoders) }
            state.tick = isWatched && isSame ? tick(state, records, seen) : nil
        }
    }

    // MARK: Events

    func refusal(of request: HTTPRequest) -> HTTPResponse? { access.refusal(of: request) }

    func event(after last: Int?) -> HTTPEvent? {
        state.withLock { state in
            state.asked = .now
            sample.isWanted = true
            guard state.number != last, let now = state.now else { return nil }
            if last != nil, let tick = state.tick { return tick }
            if state.start?.number != state.number {
                state.start = HTTPEvent(number: state.number, name: "start", data: start(state, now))
            }
            return state.start
        }
    }

    private func tick(_ state: State, _ records: [RecordSample.Shown], _ seen: Int) -> HTTPEvent? {
        guard let now = state.now else { return nil }
        var json = ConsoleJSON(labels: state.about.labels)
        json.tick(now, state.history.points.last, records, seen)
        return HTTPEvent(number: state.number, name: "tick", data: json.bytes)
    }

    private func start(_ state: State, _ now: ConsoleStatus) -> [UInt8] {
        var json = ConsoleJSON(labels: state.about.labels)
        json.start(state.about, now, state.history.points, state.recent)
        return json.bytes
    }
}
