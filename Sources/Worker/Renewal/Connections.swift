// SPDX-License-Identifier: Apache-2.0
import Configuration
import Settings
import Threading

/// The worker's connections, and others that are to take their place: clients take certificates and secrets when they are
/// made, and never after.
///
/// Those that go end as they do when the worker stops: what is in flight is published and committed, and they leave the
/// group, unless `group.instance.id` is set, by which the next ones have the same partitions. Then the others begin where
/// these have committed; so nothing is lost, and each partition keeps its order.
///
/// A secret may change again before the others have begun, or while those that go still publish. Who is refused then is
/// replaced as well; refused with what the files hold, it ends the worker.
final class Connections: Sendable {
    /// Connections that were made together.
    struct Generation {
        let connections: [Connection]
        /// The secrets that they were made with.
        let files: SecretWatch.Files
    }

    private struct State {
        var current: Generation
        /// How many there were before.
        var number = 0
        var next: Generation?
        /// Ends what the current ones do.
        var turn: StopSignal?
        /// The current ones were refused, and wait for others to take their place.
        var isRefused = false
        /// Why none may.
        var refusal: WorkerError?
    }

    private let state: Monitor<State>
    /// How often somebody who waits for others is heard of.
    private static let tick = Duration.seconds(1)

    init(_ first: Generation) { state = Monitor(State(current: first)) }

    var current: [Connection] { state.withLock(\.current.connections) }

    /// How often others have taken their place.
    var number: Int { state.withLock(\.number) }

    /// The current ones begin.
    /// - Returns: what asks them to stop: the worker's own signal, or that others wait to take their place.
    func begin(until stop: StopSignal) -> StopSignal {
        let turn = StopSignal(after: stop)
        state.withLock { state in
            state.turn = turn
            if state.next != nil { turn.request() }
        }
        return turn
    }

    /// Has others take the place of those that run, once these have ended.
    func replace(by next: Generation) {
        // Others that have waited go outside the lock, since their end may take a while.
        let late = state.withLock { state in
            defer { state.next = next }
            state.turn?.request()
            return state.next
        }
        state.broadcast()
        withExtendedLifetime(late) {}
    }

    /// Kafka does not take the current ones. They end, if there are others, or may be: with secrets that have changed since.
    /// - Returns: whether it is so; if not, the worker cannot go on.
    func refused() -> Bool {
        let haveChanged = state.withLock(\.current.files).haveChanged
        return state.withLock { state in
            guard haveChanged || state.next != nil else { return false }
            state.isRefused = true
            state.turn?.request()
            return true
        }
    }

    /// Kafka does not take others with these secrets either. If they are what the files still hold, nobody is waited for.
    func othersRefused(_ refusal: WorkerError, with files: SecretWatch.Files) {
        guard !files.haveChanged else { return }
        state.withLock { $0.refusal = $0.isRefused ? refusal : nil }
        state.broadcast()
    }

    /// The current ones have ended, and go. Others, if there are any, take their place, and go on counting. Where the current
    /// ones were refused, others are waited for. Blocks.
    /// - Parameter look: called each second of the wait.
    /// - Returns: whether there are any.
    func advance(until stop: StopSignal, _ look: () -> Void) throws(WorkerError) -> Bool {
        while !stop.isRequested, isWaiting() { look() }
        let (ended, next, refusal) = state.withLock { state in
            defer { (state.next, state.isRefused, state.refusal) = (nil, false, nil) }
            return (state.current.connections, state.next, state.refusal)
        }
        guard let next else {
            if let refusal { throw refusal }
            return false
        }
        for (old, new) in zip(ended, next.connections) {
            let account = old.worker.account
            new.worker.withPartitions { $0.goOn(from: account) }
        }
        state.withLock { state in
            state.current = next
            state.number += 1
        }
        return true
    }

    /// Waits a while for others, if the current ones were refused.
    /// - Returns: whether there is still nothing known of them.
    private func isWaiting() -> Bool {
        let end = ContinuousClock.now + Self.tick
        return state.wait { state in
            guard state.isRefused, state.next == nil, state.refusal == nil else { return .done(false) }
            return end <= .now ? .done(true) : .wait(until: end)
        }
    }
}
