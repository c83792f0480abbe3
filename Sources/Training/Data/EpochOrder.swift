// SPDX-License-Identifier: Apache-2.0

/// The order in which a run goes through its samples: shuffled anew for each epoch, by the seed and the epoch's number.
struct EpochOrder {
    /// Samples that lie one after the other, and how often each is seen in an epoch.
    struct Source: Equatable {
        let count: Int
        var timesPerEpoch = 1.0

        /// How often every sample is seen.
        var repeats: Int { Int(timesPerEpoch) }
        /// How many, drawn for each epoch, are seen once more: at least one, where there would be none at all.
        var drawn: Int {
            let share = Int((Double(count) * (timesPerEpoch - Double(repeats))).rounded())
            return repeats == 0 && share == 0 ? min(1, count) : share
        }
        /// Samples of an epoch.
        var seen: Int { repeats * count + drawn }
    }

    private let sources: [Source]
    private let batchSize: Int
    private let seed: UInt64
    private var epoch = -1
    private var order: [Int] = []

    /// Samples of one epoch.
    var count: Int { sources.reduce(0) { $0 + $1.seen } }
    /// Steps of one epoch; the last may be smaller.
    var stepsPerEpoch: Int { (count + batchSize - 1) / batchSize }

    /// - Parameter sources: what the samples come from, in their order.
    init(sources: [Source], batchSize: Int, seed: UInt64) {
        self.sources = sources
        self.batchSize = batchSize
        self.seed = seed
    }

    /// Of one source whose samples are seen once in an epoch.
    init(count: Int, batchSize: Int, seed: UInt64) {
        self.init(sources: [Source(count: count)], batchSize: batchSize, seed: seed)
    }

    /// The samples of a step, counted from 1.
    mutating func indices(at step: Int) -> ArraySlice<Int> {
        let (wanted, place) = (step - 1).quotientAndRemainder(dividingBy: stepsPerEpoch)
        if wanted != epoch {
            epoch = wanted
            var first = SplitMix64(seed: seed)
            var random = SplitMix64(seed: first.next() &+ UInt64(wanted))
            order = drawn(using: &random)
            order.shuffle(using: &random)
        }
        return order[place * batchSize..<min((place + 1) * batchSize, order.count)]
    }

    /// The samples of an epoch, source by source.
    private func drawn(using random: inout SplitMix64) -> [Int] {
        var samples: [Int] = []
        var start = 0
        for source in sources {
            let all = start..<start + source.count
            for _ in 0..<source.repeats { samples += all }
            var rest = Array(source.drawn == 0 ? start..<start : all)
            for place in 0..<source.drawn { rest.swapAt(place, Int.random(in: place..<rest.count, using: &random)) }
            samples += rest[..<source.drawn]
            start = all.upperBound
        }
        return samples
    }
}
