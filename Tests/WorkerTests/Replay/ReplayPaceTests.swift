// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct ReplayPaceTests {
    @Test("Records come at their rate, and moments that were lost are made up for")
    func rate() {
        let start = ContinuousClock.now
        var pace = ReplayPace(rate: 100)
        var due = pace.due(after: 10, at: start)
        #expect(due == start + .milliseconds(100))
        let first = due
        for step in 1...20 { due = pace.due(after: 10, at: first + .milliseconds(100 * (step - 1) + 30)) }
        #expect(due == first + .seconds(2))
    }

    @Test("A pause of the process is not caught up with")
    func pause() {
        let start = ContinuousClock.now
        var pace = ReplayPace(rate: 100)
        let before = pace.due(after: 10, at: start)
        let after = pace.due(after: 10, at: before + .seconds(3_600))
        #expect(after >= before + .seconds(3_600) && after <= before + .seconds(3_600) + .milliseconds(100))
    }
}
