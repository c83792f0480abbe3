// SPDX-License-Identifier: Apache-2.0
import Files
import HTTP
import Logging
import Settings
import Threading

/// Has models take over when that is asked for, one after the other, on a thread of its own: requests and records wait for
/// none of it.
///
/// What is asked for before a reload has begun is one reload. While one runs, requests by HTTP are refused, since it may have
/// read the settings already; a signal, which nobody can refuse, has one more follow.
final class Reloader: Sendable {
    private struct State {
        var isAsked = false
        var isRunning = false
        /// Who waits for the one that is asked for.
        var waiting: [HTTPExchange] = []
        var isClosed = false
    }

    private let state = Monitor(State())
    private let metrics: ReloadMetrics
    private let log: Log
    private let reload: @Sendable (_ isStopped: () -> Bool) throws -> ModelChange

    /// - Parameter reload: does it.
    init(
        metrics: ReloadMetrics,
        log: Log,
        reload: @escaping @Sendable (_ isStopped: () -> Bool) throws -> ModelChange
    ) {
        self.metrics = metrics
        self.log = log
        self.reload = reload
    }

    /// Asks for a reload.
    func request() {
        state.withLock { $0.isAsked = true }
        state.broadcast()
    }

    /// Asks for a reload, and tells what came of it.
    func request(_ exchange: HTTPExchange) {
        let refusal: HTTPResponse? = state.withLock { state in
            if state.isClosed { return Self.stopping }
            if state.isRunning { return .failure(409, "a reload is running; ask again when it is done") }
            state.isAsked = true
            state.waiting.append(exchange)
            return nil
        }
        if let refusal { exchange.answer(refusal) } else { state.broadcast() }
    }

    /// Does what is asked for until it is closed; one thread's loop.
    func run() {
        while let waiting = next() {
            let answer = answer()
            state.withLock { $0.isRunning = false }
            for exchange in waiting { exchange.answer(answer) }
        }
    }

    /// Ends the thread. A model that is not ready takes over no more.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        state.broadcast()
        for exchange in waiting { exchange.answer(Self.stopping) }
    }

    /// Waits until a reload is asked for; nil once it is closed.
    private func next() -> [HTTPExchange]? {
        state.wait { state in
            if state.isClosed { return .done(nil) }
            guard state.isAsked else { return .wait(until: nil) }
            (state.isAsked, state.isRunning) = (false, true)
            defer { state.waiting = [] }
            return .done(state.waiting)
        }
    }

    private static var stopping: HTTPResponse { .failure(503, "the worker stops") }

    private func answer() -> HTTPResponse {
        do {
            let change = try reload { state.withLock(\.isClosed) }
            metrics.reloaded(change)
            tell(of: change)
            return .object { $0.fields(of: change) }
        } catch is ModelReload.Stopped {
            return Self.stopping
        } catch {
            let reason = SettingsError.inOneLine(error)
            metrics.reloadFailed()
            log.error("model not reloaded; the one in use stays", ["error": reason])
            return .failure(422, reason)
        }
    }

    private func tell(of change: ModelChange) {
        log.info(
            "model reloaded",
            [
                "model": change.model.name, "sha256": change.model.digest, "precision": change.model.precision,
                "previous": change.previous.name, "previous_sha256": change.previous.digest,
                "texts": "\(change.texts)", "changed": "\(change.changed)",
                "seconds": "\((change.duration / .milliseconds(1)).rounded() / 1_000)",
            ]
        )
        for (key, source) in change.overridden {
            log.info("a setting goes before the settings file", ["setting": key, "by": source])
        }
        if !change.needsRestart.isEmpty {
            let keys = change.needsRestart.joined(separator: ",")
            log.warning("settings have changed that a worker takes at its start alone", ["settings": keys])
        }
        if change.isOfOtherReference { log.warning(DriftMonitor.ofOtherModel) }
    }
}
