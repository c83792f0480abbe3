// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

/// Shares work out to threads and waits for all of it.
struct Threads: Sendable {
    let count: Int

    /// Runs `body` once on each thread.
    func forEach(_ body: (Int) -> Void) {
        // The call waits for all threads: nothing that they use can go or change hands meanwhile.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: count) { body($0) }
    }

    /// Runs `body` for 0 ..< pieces, each on whatever thread is free: for work whose result does not depend on the order.
    func share(_ pieces: Int, _ body: (Int) -> Void) {
        let next = Atomic(0)
        forEach { _ in
            while true {
                let piece = next.add(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                body(piece)
            }
        }
    }
}
