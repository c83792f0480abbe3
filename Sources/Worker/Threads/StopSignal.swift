// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Asks a worker to stop, from any thread, a signal handler's included.
public final class StopSignal: Sendable {
    private let flag = Atomic(false)

    /// Creates a signal that was not given.
    public init() {}

    /// Whether the signal was given.
    public var isRequested: Bool { flag.load(ordering: .acquiring) }

    /// Gives the signal.
    public func request() { flag.store(true, ordering: .releasing) }
}
