// SPDX-License-Identifier: Apache-2.0
package import Testing
import Threading

/// Runs each test of a suite on a thread of its own, a few at a time.
///
/// These tests wait for brokers and workers most of their time. The pool that tests run on has a thread for each core, so
/// that two that wait would keep all others from running.
package struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true
    private static let places = Places(12)

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        await Self.places.take()
        defer { Self.places.giveBack() }
        try await withTaskExecutorPreference(ThreadExecutor("test")) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// Each test on a thread of its own, a few at a time.
    package static var ownThread: OwnThread { OwnThread() }
}

/// A number of places, for which tasks wait without keeping a thread.
private final class Places: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Monitor<State>

    init(_ count: Int) { state = Monitor(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let hasPlace = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if hasPlace { continuation.resume() }
        }
    }

    func giveBack() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
