// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The processor time that the calling thread has had: what work costs, also where others keep it waiting.
enum ThreadClock {
    static var now: Duration {
        var time = timespec()
        // Fails for no thread that asks for its own.
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
