// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Asks a worker to stop, from any thread, a signal handler's included.
public final class StopSignal: Sendable {
    private let flag = Atomic(false)
    private let other: StopSignal?

    /// Creates a signal that was not given.
    public init() { other = nil }

    /// Creates a signal that another one gives, too.
    init(after other: StopSignal) { self.other = other }

    /// Whether the signal was given.
    public var isRequested: Bool { flag.load(ordering: .acquiring) || other?.isRequested ?? false }

    /// Gives the signal.
    public func request() { flag.store(true, ordering: .releasing) }
}
