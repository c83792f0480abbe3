// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Kafka

@Suite struct DurationTests {
    @Test(
        "A wait is rounded up to milliseconds, and is neither negative nor for ever",
        arguments: [
            (Duration.zero, Int32(0)), (.nanoseconds(1), 1), (.milliseconds(1), 1), (.microseconds(1001), 2),
            (.milliseconds(1500), 1500), (.nanoseconds(-1), 0), (.seconds(-5), 0), (.seconds(Int64.min), 0),
            (.seconds(2_147_482), 2_147_482_000), (.seconds(2_147_483), .max), (.seconds(Int64.max), .max),
        ]
    )
    func milliseconds(duration: Duration, expected: Int32) {
        #expect(duration.milliseconds == expected)
    }
}
