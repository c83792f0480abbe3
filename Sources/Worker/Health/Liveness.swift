// SPDX-License-Identifier: Apache-2.0

/// Whether the threads that go round and round still do. Pure.
///
/// Who waits for Kafka, for room or for the encoders goes round all the same, so that nothing that ends by itself, and no
/// long work, counts as death. A thread that hangs does not, and only a new process helps.
struct Liveness {
    enum Thread: String {
        case intake
        case watch
    }

    /// How long the intake may take between two polls.
    let pollLimit: Duration
    private var rounds: [ObjectIdentifier: [Thread: SuspendingClock.Instant]] = [:]

    /// A watch goes round each second. More than the time for which a busy machine keeps a thread waiting.
    private static let watchLimit = Duration.seconds(30)

    /// - Parameter maxPollInterval: after which the group puts out a consumer that does not poll.
    init(maxPollInterval: Duration) { pollLimit = max(maxPollInterval, Self.watchLimit) }

    /// A thread of this consumer worker begins another round.
    mutating func round(of thread: Thread, _ worker: ObjectIdentifier, at now: SuspendingClock.Instant) {
        rounds[worker, default: [:]][thread] = now
    }

    /// The thread of this consumer worker that no longer goes round; nil if all do that have begun.
    func hanging(of worker: ObjectIdentifier, at now: SuspendingClock.Instant) -> Thread? {
        rounds[worker]?.filter { thread, last in
            last.duration(to: now) > (thread == .intake ? pollLimit : Self.watchLimit)
        }.keys.min { $0.rawValue < $1.rawValue }
    }
}
