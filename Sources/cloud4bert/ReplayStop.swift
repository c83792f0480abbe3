// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Worker

/// Ends a replay with what it has on SIGTERM and SIGINT.
final class ReplayStop: Sendable {
    /// What the replay looks at.
    let signal: StopSignal
    private let signals: Signals
    private let number: Number

    private final class Number: Sendable {
        let value = Atomic<Int32>(0)
    }

    init() {
        let (signal, number) = (StopSignal(), Number())
        self.signal = signal
        self.number = number
        signals = Signals { caught in
            number.value.store(caught, ordering: .releasing)
            signal.request()
        }
    }

    /// As a shell reports a process that a signal ended.
    var exitCode: Int32 { 128 + number.value.load(ordering: .acquiring) }
}
