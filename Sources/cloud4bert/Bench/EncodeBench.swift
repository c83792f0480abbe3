// SPDX-License-Identifier: Apache-2.0
import Bert
import Dispatch
import Synchronization

/// Encodes the same texts again and again, in batches of the worker's size, on some threads.
struct EncodeBench {
    enum Order: String, CaseIterable {
        case sorted
        case arrival
    }

    struct Report: BenchReport {
        let precision: String
        let threads: Int
        let texts: Int
        let tokens: Int
        /// Of the run at its best, in the middle, and the one that 95 % are faster than.
        let textsPerSecond, textsPerSecondMedian, textsPerSecondP95: Double
        let tokensPerSecond: Double
        /// How many times as fast as on one thread, best against best of runs that took turns; 1 on one thread.
        let timesOneThread: Double

        var table: [[String]] {
            [
                ["precision", "threads", "texts", "tokens"] + Samples.heads("texts/s") + ["tokens/s", "× 1 thread"],
                [
                    precision, "\(threads)", "\(texts)", "\(tokens)", textsPerSecond.text(1),
                    textsPerSecondMedian.text(1), textsPerSecondP95.text(1), tokensPerSecond.text(0),
                    timesOneThread.text(2),
                ],
            ]
        }
    }

    private let precision: Precision
    private let batches: [TokenBatch]
    private let threads: [EncoderThread]
    private static let batchTokens = 2048

    /// One thread's classifier, with the memory that its results go to; lent to one thread at a time.
    private final class EncoderThread: @unchecked Sendable {
        private let classifier: Classifier
        private var rows: [Float] = []

        init(_ model: Model) throws { classifier = try Classifier(model: model) }

        func encode(_ batch: TokenBatch) {
            rows.removeAll(keepingCapacity: true)
            classifier.appendRows(of: batch, to: &rows)
        }
    }

    init(model: Model, texts: [[Int32]], order: Order, threads: Int) throws {
        var batches = [TokenBatch()]
        for text in order == .sorted ? texts.sorted(by: { $0.count < $1.count }) : texts {
            let last = batches.count - 1
            if batches[last].count > 0, batches[last].ids.count + text.count > Self.batchTokens {
                batches.append(TokenBatch([text]))
            } else {
                batches[last].append(text)
            }
        }
        precision = model.precision
        self.batches = batches
        self.threads = try (0..<threads).map { _ in try EncoderThread(model) }
        for thread in self.threads { thread.encode(batches[0]) }
    }

    func run(repeats: Int) -> Report {
        var alone: [Duration] = []
        var together: [Duration] = []
        for _ in 0..<repeats {
            if threads.count > 1 { alone.append(encode(on: threads.prefix(1))) }
            together.append(encode(on: threads[...]))
        }
        let (seconds, one) = (Samples(together), Samples(alone.isEmpty ? together : alone))
        let texts = batches.reduce(0) { $0 + $1.count }
        let rates = seconds.rates(of: texts)
        let tokens = batches.reduce(0) { $0 + $1.ids.count }
        return Report(
            precision: precision.rawValue,
            threads: threads.count,
            texts: texts,
            tokens: tokens,
            textsPerSecond: rates.best,
            textsPerSecondMedian: rates.median,
            textsPerSecondP95: rates.p95,
            tokensPerSecond: seconds.rates(of: tokens).best,
            timesOneThread: one.least / seconds.least
        )
    }

    /// Encodes all texts once; each thread takes the next batch as it is free.
    private func encode(on threads: ArraySlice<EncoderThread>) -> Duration {
        let next = Atomic(0)
        return ContinuousClock().measure {
            DispatchQueue.concurrentPerform(iterations: threads.count) { thread in
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < batches.count else { return }
                    threads[thread].encode(batches[index])
                }
            }
        }
    }
}
