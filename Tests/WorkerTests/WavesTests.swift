// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct WavesTests {
    private let start = ContinuousClock.now

    @Test("Messages go at once while few are under way, and wait for the reports of many")
    func reports() {
        var waves = Waves()
        #expect(waves.maySend(unreported: 0, at: start))
        waves.sent(at: start)
        #expect(waves.maySend(unreported: 4, at: start))
        #expect(!waves.maySend(unreported: 5, at: start))
        #expect(!waves.maySend(unreported: 500, at: start + .milliseconds(199)))
    }

    @Test("A broker that does not report holds the next wave up for a fifth of a second, and no longer")
    func slowBroker() {
        var waves = Waves()
        waves.sent(at: start)
        let due = start + .seconds(1)
        #expect(waves.wake(by: due, at: start) == start + .milliseconds(200))
        #expect(waves.wake(by: start + .milliseconds(50), at: start) == start + .milliseconds(50))
        #expect(waves.maySend(unreported: 500, at: start + .milliseconds(200)))
        // With nothing to send then, there is nothing to wake for.
        #expect(waves.wake(by: due, at: start + .milliseconds(200)) == due)
    }
}
