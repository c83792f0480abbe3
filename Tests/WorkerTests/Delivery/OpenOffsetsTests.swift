// SPDX-License-Identifier: Apache-2.0
import Kafka
import TestSupport
import Testing

@testable import Worker

@Suite struct OpenOffsetsTests {
    @Test("What is to be done is the lowest offset, and the lengths of what is done behind it")
    func text() {
        let open = OpenOffsets([10..<130, 175..<205], front: 212)
        #expect(open.committed == OffsetAndMetadata(offset: 10, metadata: "c4b1 120,45,30,7"))
        #expect(OpenOffsets(open.committed) == open)
        #expect(open.count(before: 220) == 158 && open.count(before: 180) == 125)
    }

    @Test("Without a gap there is no metadata; ranges that touch are one, and empty ones none")
    func plain() {
        #expect(OpenOffsets([], front: 7).committed == 7)
        #expect(OpenOffsets([3..<3, 4..<6, 6..<7], front: 7).committed == 4)
        #expect(OpenOffsets([3..<5, 5..<6], front: 9).committed == OffsetAndMetadata(offset: 3, metadata: "c4b1 3,3"))
        #expect(OpenOffsets(7) == OpenOffsets([], front: 7))
    }

    @Test(
        "Metadata that is not ours says nothing",
        arguments: [
            "", "x", "c4b1", "c4b1 ", "c4b1 1", "c4b1 1,", "c4b1 ,1", "c4b1 1,2,3", "c4b1 1,-2", "c4b1 +1,2",
            "c4b1 0,2",
            "c4b1 1,0", "c4b1 1, 2", "c4b1 1,2 ", "c4b1 a,b", "c4b2 1,2", " c4b1 1,2", "c4b1 1,9223372036854775807",
            "c4b1 9223372036854775807,1", "c4b1 99999999999999999999,1", "c4b1 1,2,,", "c4b1 1;2", "3-6,14", "\u{0}",
            "c4b1 " + String(repeating: "1,1,", count: 2_000) + "1,1",
        ]
    )
    func foreign(metadata: String) {
        #expect(OpenOffsets(OffsetAndMetadata(offset: 5, metadata: metadata)) == OpenOffsets([], front: 5))
    }

    @Test("Bytes at random are read without a crash, and what is read is written as it was")
    func random() {
        var generator = SplitMix(state: 7)
        let letters = Array("c4b1 0123456789,-+".utf8)
        for _ in 0..<5_000 {
            let count = Int.random(in: 0...30, using: &generator)
            let tail = (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] }
            let offset = Int64.random(in: 0...1_000, using: &generator)
            let read = OpenOffsets(
                OffsetAndMetadata(offset: offset, metadata: "c4b1 " + String(decoding: tail, as: UTF8.self))
            )
            #expect(OpenOffsets(read.committed) == read && read.committed.offset == offset)
        }
    }
}
