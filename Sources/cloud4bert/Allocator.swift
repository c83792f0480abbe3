// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The C library's allocator, told to keep less: a worker runs for months, and what it holds is paid for.
enum Allocator {
    /// Large blocks come from the system and go back to it when they are freed. Left alone, glibc takes the first large
    /// ones that are freed, those of loading a model, as a sign to keep such blocks; and it gives each thread an arena
    /// of its own to keep memory in, where two are enough for threads that allocate little.
    ///
    /// Swift's module of the C library leaves `malloc.h` out, hence the search by name; other C libraries have no such
    /// function, and need none.
    static func keepLess() {
        typealias Set = @convention(c) (_ parameter: Int32, _ value: Int32) -> Int32
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let set = unsafeBitCast(symbol, to: Set.self)
        let (mmapThreshold, arenaMax) = (Int32(-3), Int32(-8))
        _ = set(mmapThreshold, 256 * 1024)
        _ = set(arenaMax, 2)
    }
}
