// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// State that threads share under a lock, and can wait for: the one way of waiting in this package.
///
/// `Synchronization` has a mutex but no condition variable. The condition's clock is the monotonic one, so that
/// setting the system's time does not lengthen a wait.
///
/// It is the lock of all that runs under the thread sanitizer, also where nothing waits: that does not see a contended
/// `Mutex` being taken, inside a library that it did not compile, and reports races where there are none.
package final class Monitor<State>: @unchecked Sendable {
    // Everything here is touched under the mutex alone, which is why `@unchecked` holds for a state that is not
    // `Sendable` itself; and what is stored in it must be handed over for good.
    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// What a look at the state came to.
    package enum Turn<Result> {
        /// The wait is over.
        case done(Result)
        /// Look again after the next broadcast, or at this time at the latest.
        case wait(until: ContinuousClock.Instant?)
    }

    package init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        precondition(pthread_mutex_init(mutex, nil) == 0 && pthread_cond_init(condition, &attributes) == 0)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` under the lock. It must not wait, log or call out to what could take the lock again.
    package func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Has every waiting thread look again.
    package func broadcast() {
        pthread_cond_broadcast(condition)
    }

    /// Looks at the state under the lock, again and again, until `look` is done.
    package func wait<Result>(_ look: (inout State) -> Turn<Result>) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch look(&state) {
            case .done(let result): return result
            case .wait(nil): pthread_cond_wait(condition, mutex)
            case .wait(let deadline?): wait(until: deadline)
            }
        }
    }

    private func wait(until deadline: ContinuousClock.Instant) {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return }
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = left.components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        pthread_cond_timedwait(condition, mutex, &time)
    }
}
