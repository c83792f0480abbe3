// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Dispatch
import Glibc

/// The end of a client, which librdkafka joins its threads in: no callback can need the context afterwards.
final class ClientEnd: Sendable {
    /// Used by the one thread that runs the end.
    private nonisolated(unsafe) let handle: OpaquePointer
    private let context: ClientContext
    private let isOver = DispatchSemaphore(value: 0)

    init(_ handle: OpaquePointer, _ context: ClientContext) {
        self.handle = handle
        self.context = context
    }

    /// Runs on a thread of its own, and is left to the end of the process if it takes longer than so many seconds:
    /// librdkafka has been seen to wait for a thread that never ends (2.0.2, a topic deleted and made again while it was
    /// read).
    func run(patience: Int) {
        var thread = pthread_t()
        guard startThread(&thread, { self.destroy() }) == 0 else { return destroy() }
        pthread_detach(thread)
        _ = isOver.wait(timeout: .now() + .seconds(patience))
    }

    private func destroy() {
        // A consumer leaves its group in `close()`, where the rebalance hook may run, and not in a deinit.
        rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        Unmanaged.passUnretained(context).release()
        isOver.signal()
    }
}
