// SPDX-License-Identifier: Apache-2.0
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT: the first asks to stop, the second ends the process at once.
final class Signals: Sendable {
    private let sources: [any DispatchSourceSignal]
    private let count: CountBox
    private static let numbers = [SIGTERM, SIGINT]

    private final class CountBox: Sendable {
        let value = Atomic(0)
    }

    /// Watches for both signals until the value goes.
    ///
    /// - Parameter first: is called with the number of the first one.
    init(_ first: @escaping @Sendable (Int32) -> Void) {
        let count = CountBox()
        self.count = count
        sources = Self.numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // As a shell reports a process that a signal ended.
                if count.value.add(1, ordering: .relaxed).oldValue > 0 { _exit(128 + number) }
                first(number)
            }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        for number in Self.numbers { signal(number, SIG_DFL) }
        ProcessStart.endOnSignals()
    }
}
