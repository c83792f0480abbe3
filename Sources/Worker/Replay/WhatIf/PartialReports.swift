// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Threading

/// Reports on parts of the records, which are made on all cores while the next part is read, and their sum.
final class PartialReports: Sendable {
    private let total = Monitor(WhatIfReport())
    private let queue = DispatchQueue(label: "what-if", attributes: .concurrent)
    private let group = DispatchGroup()
    /// One for each part that is in memory.
    private let slots: DispatchSemaphore

    /// - Parameter threads: how many parts are reported on at once.
    init(threads: Int) { slots = DispatchSemaphore(value: threads + 1) }

    /// Reports on one more part. Blocks while enough are in hand.
    func add(_ decide: @escaping @Sendable (inout WhatIfReport) -> Void) {
        slots.wait()
        queue.async(group: group) { [self] in
            var report = WhatIfReport()
            decide(&report)
            let part = report
            total.withLock { $0.add(part) }
            slots.signal()
        }
    }

    /// The sum, once all parts are reported on. Blocks.
    func sum() -> WhatIfReport {
        group.wait()
        return total.withLock { $0 }
    }
}
