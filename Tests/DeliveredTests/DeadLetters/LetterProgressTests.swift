// SPDX-License-Identifier: Apache-2.0
import Kafka
import TestSupport
import Testing

@testable import Delivered

@Suite struct LetterProgressTests {
    @Test("Letters settled in turn move the position, and others wait in the note until it reaches them")
    func turns() {
        var progress = LetterProgress(position: 5)
        #expect(progress.settle(5...5) && progress.noted == NotedOffset(offset: 6, note: ""))
        #expect(progress.settle(9...9) && progress.settle(10...12) && progress.settle(20...20))
        #expect(progress.noted == NotedOffset(offset: 6, note: "3-6,14"))
        #expect(!progress.isSettled(6) && progress.isSettled(11) && !progress.isSettled(13) && progress.isSettled(2))
        #expect(progress.settle(6...8) && progress.noted == NotedOffset(offset: 13, note: "7"))
    }

    @Test("What is noted reads back as it was, over random letters", arguments: 1...20)
    func random(seed: Int) {
        var generator = SplitMix(state: UInt64(seed))
        var progress = LetterProgress(position: 100)
        var settled: Set<Int64> = []
        for _ in 0..<200 {
            let offset = Int64.random(in: 100..<400, using: &generator)
            let stretch = offset...offset + Int64.random(in: 0...2, using: &generator)
            if progress.settle(stretch) { settled.formUnion(stretch) }
            #expect(LetterProgress(progress.noted) == progress)
        }
        for offset in Int64(0)..<500 {
            #expect(progress.isSettled(offset) == (offset < 100 || settled.contains(offset)))
        }
    }

    @Test("A note never gets longer than brokers take; what has no room changes nothing")
    func room() {
        var progress = LetterProgress(position: 0)
        var count: Int64 = 0
        while progress.settle(2 * count + 1...2 * count + 1) { count += 1 }
        #expect(count > 500 && progress.noted.note.utf8.count <= 4_096)
        #expect(!progress.isSettled(2 * count + 1))
        let isRoom = progress.settle(0...10)
        #expect(isRoom)
    }

    @Test(
        "A note that another program wrote is refused",
        arguments: [
            "x", "0", "-3", "3-2", "3,3", "7,3", "3-9223372036854775807", "1-2-3", "3-", "{}", "99999999999999999999",
        ]
    )
    func foreign(note: String) {
        #expect(LetterProgress(NotedOffset(offset: 10, note: note)) == nil)
    }
}
