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
    /// Transforms the elements in blocks, each block on whatever thread is free; the error of the first that has one is
    /// thrown.
    func map<Element, Transformed, Failure>(
        _ elements: [Element],
        _ transform: (Element) throws(Failure) -> Transformed
    ) throws(Failure) -> [Transformed] {
        let block = 512
        let blocks = (elements.count + block - 1) / block
        var parts = [Result<[Transformed], Failure>](repeating: .success([]), count: blocks)
        parts.withUnsafeMutableBufferPointer { parts in
            nonisolated(unsafe) let parts = parts
            share(blocks) { index in
                let range = index * block..<min((index + 1) * block, elements.count)
                parts[index] = Result { () throws(Failure) in try elements[range].map(transform) }
            }
        }
        var all: [Transformed] = []
        for part in parts { all += try part.get() }
        return all
    }
}
