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
final class Connections: Sendable {
    private struct State {
        var current: [Connection]
        /// How many there were before.
        var number = 0
        var next: [Connection]?
        /// Ends what the current ones do.
        var turn: StopSignal?
    }

    private let state: Monitor<State>

    init(_ first: [Connection]) { state = Monitor(State(current: first)) }

    var current: [Connection] { state.withLock(\.current) }

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
    func replace(by next: [Connection]) {
        // Others that have waited go outside the lock, since their end may take a while.
        let late = state.withLock { state in
            defer { state.next = next }
            state.turn?.request()
            return state.next
        }
        withExtendedLifetime(late) {}
    }

    /// The current ones have ended, and go. Others, if there are any, take their place, and go on counting. Blocks.
    /// - Returns: whether there are any.
    func advance() -> Bool {
        let (ended, next) = state.withLock { state in
            defer { state.next = nil }
            return (state.current, state.next)
        }
        guard let next else { return false }
        for (old, new) in zip(ended, next) {
            let account = old.worker.account
            new.worker.withPartitions { $0.goOn(from: account) }
        }
        state.withLock { state in
            state.current = next
            state.number += 1
        }
        return true
    }
}
