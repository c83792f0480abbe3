// SPDX-License-Identifier: Apache-2.0
import Scan
import Testing

@Suite struct SilenceTests {
    @Test("Polls without records add up to an end, and a pause of the process in one of them does not")
    func silence() {
        var silence = Silence(pollTime: .milliseconds(100))
        /// Whether the last of so many polls ends it.
        func isTooLong(after polls: Int, of time: Duration) -> Bool {
            (0..<polls).map { _ in silence.isTooLong(after: time) }.last ?? false
        }
        #expect(!isTooLong(after: 1, of: .seconds(86_400)))
        #expect(!isTooLong(after: 298, of: .milliseconds(100)))
        #expect(isTooLong(after: 1, of: .milliseconds(150)))
        silence.end()
        #expect(!isTooLong(after: 300, of: .milliseconds(100)))
    }
}
