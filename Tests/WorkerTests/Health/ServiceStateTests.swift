// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct ServiceStateTests {
    @Test("A service manager hears of the start and of the stop once, and of the state each time")
    func states() {
        var state = ServiceState()
        func notice(_ unreadiness: String?, _ lag: Int, isStopping: Bool = false) -> [String] {
            state.notice(isAlive: true, isStopping: isStopping, unreadiness: unreadiness, lag: lag)
        }
        #expect(notice("joining the group", 0) == ["STATUS=joining the group, 0 records behind", "WATCHDOG=1"])
        #expect(notice(nil, 7) == ["READY=1", "STATUS=ready, 7 records behind", "WATCHDOG=1"])
        #expect(notice("kafka does not answer", 7) == ["STATUS=kafka does not answer, 7 records behind", "WATCHDOG=1"])
        #expect(notice(nil, 0) == ["STATUS=ready, 0 records behind", "WATCHDOG=1"])
        let draining = ["STATUS=draining, 3 records behind", "WATCHDOG=1"]
        #expect(notice("draining", 3, isStopping: true) == ["STOPPING=1"] + draining)
        #expect(notice("draining", 3, isStopping: true) == draining)
    }

    @Test("A worker that is not alive does not stop its watchdog")
    func watchdog() {
        var state = ServiceState()
        let assignments = state.notice(isAlive: false, isStopping: false, unreadiness: nil, lag: 0)
        #expect(!assignments.contains("WATCHDOG=1"))
    }
}
