// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct WaitingLimitTests {
    private let now = ContinuousClock.now

    /// Records that are always as many as may be, before encoders that do so many records a second; how long the last one waited.
    private func wait(_ limit: inout WaitingLimit, rate: Double, for seconds: Double, from begin: Double = 0) -> Double
    {
        var (time, waited) = (begin, 0.0)
        while time < begin + seconds {
            let count = limit.records
            waited = Double(count) / rate
            time += waited
            limit.finished(count, at: now + .seconds(time))
        }
        return waited
    }

    @Test(
        "As many records come in as are done in time, whatever the encoders do a second",
        arguments: [40.0, 500, 20_000]
    )
    func rates(rate: Double) {
        var limit = WaitingLimit(time: .milliseconds(500))
        let waited = wait(&limit, rate: rate, for: 10)
        // Never fewer than one poll has.
        #expect(limit.records >= 64 && waited < max(0.6, 64 / rate + 0.1), "\(waited)")
        #expect(rate < 128 || waited > 0.4, "\(waited)")
    }

    @Test("Encoders that become slower, or faster, are followed within seconds; a pause says that little is done")
    func changes() {
        var limit = WaitingLimit(time: .milliseconds(500))
        _ = wait(&limit, rate: 5_000, for: 10)
        #expect((2_000...2_600).contains(limit.records))
        _ = wait(&limit, rate: 500, for: 6, from: 10)
        #expect((200...300).contains(limit.records))
        _ = wait(&limit, rate: 5_000, for: 3, from: 20)
        #expect((2_000...2_600).contains(limit.records))
        for seconds in [60, 120] { limit.finished(1, at: now + .seconds(seconds)) }
        #expect(limit.records == 64)
    }
}
