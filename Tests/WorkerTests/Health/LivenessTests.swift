// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct LivenessTests {
    private final class Somebody {}
    private let start = SuspendingClock.now

    @Test("A thread that no longer goes round hangs: a watch after half a minute, an intake after max.poll.interval.ms")
    func hanging() {
        let (first, second) = (Somebody(), Somebody())
        var liveness = Liveness(maxPollInterval: .seconds(300))
        let hanging = { (who: Somebody, seconds: Int) in
            liveness.hanging(of: ObjectIdentifier(who), at: start + .seconds(seconds))
        }
        #expect(hanging(first, 1_000) == nil)
        liveness.round(of: .watch, ObjectIdentifier(first), at: start)
        liveness.round(of: .intake, ObjectIdentifier(second), at: start)
        #expect(hanging(first, 30) == nil && hanging(first, 31) == .watch)
        #expect(hanging(second, 300) == nil && hanging(second, 301) == .intake)
        liveness.round(of: .watch, ObjectIdentifier(first), at: start + .seconds(31))
        #expect(hanging(first, 61) == nil && hanging(first, 62) == .watch)
    }

    @Test("A short max.poll.interval.ms does not have a busy machine end the worker")
    func shortInterval() {
        #expect(Liveness(maxPollInterval: .seconds(1)).pollLimit == .seconds(30))
    }
}
