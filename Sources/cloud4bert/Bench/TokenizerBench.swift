// SPDX-License-Identifier: Apache-2.0
import Bert

/// Tokenises the same texts again and again on one thread, from their bytes to ids in memory that is there already.
struct TokenizerBench {
    struct Report: BenchReport {
        let threads = 1
        let texts: Int
        let tokens: Int
        let bytes: Int
        /// Of the run at its best, in the middle, and the one that 95 % are faster than.
        let tokensPerSecond, tokensPerSecondMedian, tokensPerSecondP95: Double
        let textsPerSecond: Double
        let bytesPerSecond: Double

        init(texts: Int, tokens: Int, bytes: Int, seconds: Samples) {
            self.texts = texts
            self.tokens = tokens
            self.bytes = bytes
            (tokensPerSecond, tokensPerSecondMedian, tokensPerSecondP95) = seconds.rates(of: tokens)
            textsPerSecond = seconds.rates(of: texts).best
            bytesPerSecond = seconds.rates(of: bytes).best
        }

        var table: [[String]] {
            [
                ["texts", "tokens", "texts/s", "MB/s"] + Samples.heads("M tokens/s"),
                [
                    "\(texts)", "\(tokens)", textsPerSecond.text(0), (bytesPerSecond / 1e6).text(1),
                    (tokensPerSecond / 1e6).text(2), (tokensPerSecondMedian / 1e6).text(2),
                    (tokensPerSecondP95 / 1e6).text(2),
                ],
            ]
        }
    }

    let tokenizer: Tokenizer
    let texts: [[UInt8]]
    /// The most tokens of a text.
    let limit: Int

    func run(repeats: Int) -> Report {
        var ids: [Int32] = []
        var tokens = 0
        let durations = (0..<repeats + 1).map { _ in
            tokens = 0
            return ContinuousClock().measure {
                for text in texts {
                    ids.removeAll(keepingCapacity: true)
                    _ = text.withUnsafeBufferPointer { tokenizer.encode($0, limit: limit, into: &ids) }
                    tokens += ids.count
                }
            }
        }
        // The first run makes the tables and fills the caches.
        let seconds = Samples(Array(durations.dropFirst()))
        return Report(texts: texts.count, tokens: tokens, bytes: texts.reduce(0) { $0 + $1.count }, seconds: seconds)
    }
}
