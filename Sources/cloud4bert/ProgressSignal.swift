// SPDX-License-Identifier: Apache-2.0
import Glibc

/// SIGUSR1, which asks how far a command has come; it would end the process otherwise.
final class ProgressSignal: Sendable {
    private let watch: SignalWatch

    /// Watches for the signal until the value goes.
    ///
    /// - Parameter tell: is called each time.
    init(_ tell: @escaping @Sendable () -> Void) { watch = SignalWatch(SIGUSR1, tell) }

    deinit { watch.end() }
}
