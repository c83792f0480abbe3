// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Training

@Suite struct EpochOrderTests {
    /// How often an epoch has each sample of a range.
    private func counts(_ samples: Range<Int>, _ order: inout EpochOrder, epoch: Int) -> [Int] {
        let steps = order.stepsPerEpoch
        let seen = (1...steps).flatMap { Array(order.indices(at: epoch * steps + $0)) }
        #expect(seen.count == order.count)
        return samples.map { sample in seen.count { $0 == sample } }
    }

    @Test("An epoch's order has every text once, and another epoch another order")
    func order() {
        var order = EpochOrder(count: 103, batchSize: 10, seed: 1)
        #expect(order.stepsPerEpoch == 11)
        let first = (1...11).flatMap { Array(order.indices(at: $0)) }
        let second = (12...22).flatMap { Array(order.indices(at: $0)) }
        #expect(first.sorted() == Array(0..<103) && second.sorted() == Array(0..<103))
        #expect(first != second)
        // A resumed run begins in the middle.
        var resumed = EpochOrder(count: 103, batchSize: 10, seed: 1)
        #expect(Array(resumed.indices(at: 15)) == Array(second[30..<40]))
    }

    @Test("Each source has its share of an epoch: whole times all of it, a fraction another part in each epoch")
    func sources() {
        var order = EpochOrder(
            sources: [
                .init(count: 10, timesPerEpoch: 3), .init(count: 100, timesPerEpoch: 0.25), .init(count: 7),
                .init(count: 40, timesPerEpoch: 2.5),
            ],
            batchSize: 16,
            seed: 3
        )
        #expect(order.count == 30 + 25 + 7 + 100)
        var parts: Set<[Int]> = []
        for epoch in 0..<3 {
            let counts = counts(0..<157, &order, epoch: epoch)
            #expect(counts[..<10].allSatisfy { $0 == 3 })
            #expect(counts[10..<110].allSatisfy { $0 <= 1 } && counts[10..<110].reduce(0, +) == 25)
            #expect(counts[110..<117].allSatisfy { $0 == 1 })
            #expect(counts[117...].allSatisfy { (2...3).contains($0) } && counts[117...].reduce(0, +) == 100)
            parts.insert(Array(counts[10..<110]))
        }
        #expect(parts.count == 3)
    }

    @Test("The seed draws the part, and the same seed the same one")
    func seeds() {
        func first(_ seed: UInt64) -> [Int] {
            var order = EpochOrder(sources: [.init(count: 100, timesPerEpoch: 0.5)], batchSize: 50, seed: seed)
            return Array(order.indices(at: 1))
        }
        #expect(first(1) == first(1) && Set(first(1)) != Set(first(2)))
    }

    @Test("The smallest share is one text, and of no texts none")
    func smallest() {
        #expect(EpochOrder.Source(count: 10, timesPerEpoch: 0.001).seen == 1)
        #expect(EpochOrder.Source(count: 0, timesPerEpoch: 0.001).seen == 0)
        #expect(EpochOrder.Source(count: 10, timesPerEpoch: 1.001).seen == 10)
    }
}
