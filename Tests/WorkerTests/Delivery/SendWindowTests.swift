// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct SendWindowTests {
    private let start = ContinuousClock.now

    @Test("Messages go at once while few are under way, and wait for the reports of many")
    func reports() {
        var window = SendWindow()
        #expect(window.maySend(unreported: 0, at: start))
        window.sent(at: start)
        #expect(window.maySend(unreported: 4, at: start))
        #expect(!window.maySend(unreported: 5, at: start))
        #expect(!window.maySend(unreported: 500, at: start + .milliseconds(199)))
    }

    @Test("A broker that does not report holds the next messages up for a fifth of a second, and no longer")
    func slowBroker() {
        var window = SendWindow()
        window.sent(at: start)
        let due = start + .seconds(1)
        #expect(window.wake(by: due, at: start) == start + .milliseconds(200))
        #expect(window.wake(by: start + .milliseconds(50), at: start) == start + .milliseconds(50))
        #expect(window.maySend(unreported: 500, at: start + .milliseconds(200)))
        // With nothing to send then, there is nothing to wake for.
        #expect(window.wake(by: due, at: start + .milliseconds(200)) == due)
    }
}
