// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Settings

@Suite struct SettingKindTests {
    @Test(
        "A time has a unit, or is in milliseconds, and its range says so",
        arguments: [
            ("5000", 5_000), ("5000ms", 5_000), ("5s", 5_000), ("2m", 120_000), ("1h", 3_600_000), ("0", 0),
            ("5 s", 5_000), ("5d", nil), ("-5", nil), ("", nil), ("2h", nil),
        ] as [(String, Int?)]
    )
    func times(text: String, milliseconds: Int?) {
        let kind = SettingKind<Duration>.duration(.zero ... .seconds(3_600))
        #expect(kind.parse(text) == milliseconds.map { .milliseconds($0) })
        #expect(kind.range == "a time, as 500ms, 2s, 1m or 1h; 5000 is 5000ms; 0ms to 1h")
        let other = SettingKind<Duration?>.durationOrNone(.zero ... .seconds(3_600))
        #expect(other.range == "none, or \(kind.range)" && other.parse("none") == .some(nil))
    }
}
