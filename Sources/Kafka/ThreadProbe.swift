// SPDX-License-Identifier: Apache-2.0

import CRdKafka
import Dispatch
import Glibc

/// Finds out whether threads can be had, before librdkafka (2.0.2) asks for them: where it gets some and not all, it ends
/// the process by an assertion, or waits for ever for one of those it got.
enum ThreadProbe {
    /// Makes so many threads and ends them again.
    /// - Throws: what librdkafka says of a lack of threads.
    static func check(_ count: Int, for operation: @autoclosure () -> String) throws(KafkaError) {
        let gate = DispatchSemaphore(value: 0)
        var threads: [pthread_t] = []
        var code: Int32 = 0
        while threads.count < count, code == 0 {
            var thread = pthread_t()
            code = startThread(&thread) { gate.wait() }
            if code == 0 { threads.append(thread) }
        }
        for _ in threads { gate.signal() }
        for thread in threads { pthread_join(thread, nil) }
        guard code != 0 else { return }
        throw KafkaError(
            RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE,
            during: operation(),
            reason: "no threads for it: \(String(cString: strerror(code)))"
        )
    }
}
