// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How a thread shares the processor with others of this process.
enum ThreadPriority {
    /// Has the calling thread run only where no other wants to, or nearly so: Linux has a nice value for each thread
    /// (setpriority(2), "C library/kernel differences"). It cannot fail: to be nicer is always allowed.
    static func setLowest() { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }
}
