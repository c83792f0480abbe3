// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Worker

@Suite struct RecentTextsTests {
    @Test("The last texts are kept, no more than there is room for, and of long ones the beginning")
    func bounded() {
        let recent = RecentTexts()
        let limits = RecentTexts.limits
        for number in 0..<limits.count * 2 + 5 { recent.add("text \(number)") }
        let kept = recent.all
        #expect(Set(kept) == Set((limits.count + 5..<limits.count * 2 + 5).map { "text \($0)" }))
        #expect(kept.count == limits.count)
        recent.add(String(repeating: "é", count: limits.bytes))
        #expect(recent.all.map(\.utf8.count).max() ?? 0 <= limits.bytes)
    }
}
