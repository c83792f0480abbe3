// SPDX-License-Identifier: Apache-2.0
internal import Bert

/// A text as the network reads it.
struct Sample: Sendable {
    let ids: [Int32]
    /// Index of its label; nil where it has none.
    let label: Int?
}

/// Tokenises examples on all threads.
struct SampleReader: Sendable {
    let tokenizer: Tokenizer
    let maxTokens: Int
    let threads: Threads

    /// The samples of some texts; an empty text has [CLS] and [SEP] alone.
    func samples(_ examples: [Dataset.Example], label: (Dataset.Example) -> Int?) -> [Sample] {
        threads.map(examples) { example in
            let encoding = tokenizer.encoding(of: example.text, maxTokens: maxTokens, truncation: tokenizer.truncation)
            return Sample(ids: encoding?.sequences[0] ?? [], label: label(example))
        }
    }
}

/// The order in which a run goes through its samples: shuffled anew for each epoch, by the seed and the epoch's number.
struct EpochOrder {
    private let count: Int
    private let batchSize: Int
    private let seed: UInt64
    private var epoch = -1
    private var order: [Int] = []

    /// Steps of one epoch; the last may be smaller.
    var stepsPerEpoch: Int { (count + batchSize - 1) / batchSize }

    init(count: Int, batchSize: Int, seed: UInt64) {
        self.count = count
        self.batchSize = batchSize
        self.seed = seed
    }

    /// The samples of a step, counted from 1.
    mutating func indices(at step: Int) -> ArraySlice<Int> {
        let (wanted, place) = (step - 1).quotientAndRemainder(dividingBy: stepsPerEpoch)
        if wanted != epoch {
            epoch = wanted
            var first = SplitMix64(seed: seed)
            var random = SplitMix64(seed: first.next() &+ UInt64(wanted))
            order = Array(0..<count)
            order.shuffle(using: &random)
        }
        return order[place * batchSize..<min((place + 1) * batchSize, count)]
    }
}
