// SPDX-License-Identifier: Apache-2.0
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT: the first asks to stop, the second ends the process at once.
final class Signals: Sendable {
    private let watches: [SignalWatch]

    private final class CountBox: Sendable {
        let value = Atomic(0)
    }

    /// Watches for both signals until the value goes.
    ///
    /// - Parameter first: is called with the number of the first one.
    init(_ first: @escaping @Sendable (Int32) -> Void) {
        let count = CountBox()
        watches = [SIGTERM, SIGINT].map { number in
            SignalWatch(number) {
                // As a shell reports a process that a signal ended.
                if count.value.add(1, ordering: .relaxed).oldValue > 0 { _exit(128 + number) }
                first(number)
            }
        }
    }

    deinit {
        for watch in watches { watch.end() }
        ProcessStart.endOnSignals()
    }
}

/// Has a signal call a function in place of what it does by itself, from when it is made until it is ended.
struct SignalWatch: Sendable {
    private let number: Int32
    private let source: any DispatchSourceSignal

    init(_ number: Int32, _ handler: @escaping @Sendable () -> Void) {
        self.number = number
        source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: handler)
        // Dispatch registers a source some time after it was resumed. Until then the signal does what it always does: were it
        // ignored, one that comes meanwhile would be lost, and a worker that was told to stop would run for ever.
        let isRegistered = DispatchSemaphore(value: 0)
        source.setRegistrationHandler { isRegistered.signal() }
        source.resume()
        isRegistered.wait()
    }

    /// Has the signal do again what it does by itself.
    func end() {
        source.cancel()
        signal(number, SIG_DFL)
    }
}
