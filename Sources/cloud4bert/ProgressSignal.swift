// SPDX-License-Identifier: Apache-2.0
@preconcurrency import Dispatch
import Glibc

/// SIGUSR1, which asks how far a command has come; it would end the process otherwise.
final class ProgressSignal: Sendable {
    private let source: any DispatchSourceSignal

    /// Watches for the signal until the value goes.
    ///
    /// - Parameter tell: is called each time.
    init(_ tell: @escaping @Sendable () -> Void) {
        signal(SIGUSR1, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: .global())
        source.setEventHandler(handler: tell)
        source.resume()
    }

    deinit {
        source.cancel()
        signal(SIGUSR1, SIG_DFL)
    }
}
