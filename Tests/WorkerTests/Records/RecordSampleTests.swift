// SPDX-License-Identifier: Apache-2.0
import Testing
import WorkerTestSupport

@testable import Worker

@Suite struct RecordSampleTests {
    @Test("A sample is a share of each stretch of offsets, however small", arguments: [0, 0.01, 0.1, 0.5, 1])
    func share(sample: Double) {
        for partition in 0..<4 as Range<Int32> {
            let offsets = (0..<10_000).filter { testRecord("", partition: partition, offset: $0).isIn(sample: sample) }
            // Six times as far as chance takes one in three.
            let room = 6 * (10_000 * sample * (1 - sample)).squareRoot()
            #expect(abs(Double(offsets.count) - 10_000 * sample) <= room, "\(offsets.count)")
        }
    }

    @Test("Neighbours are in it or not each by itself")
    func neighbours() {
        let isIn = (0..<2_000).map { testRecord("", offset: $0).isIn(sample: 0.5) }
        let changes = zip(isIn, isIn.dropFirst()).count { $0 != $1 }
        #expect((800...1_200).contains(changes), "\(changes)")
    }
}
