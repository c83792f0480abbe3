// SPDX-License-Identifier: Apache-2.0
import Bert
import Dispatch
import Synchronization
import Worker

/// Encodes the same texts again and again, in batches of the worker's size.
struct EncodeBench {
    enum Order: String, CaseIterable {
        case sorted
        case arrival
    }

    private let model: Model
    private let batches: [TokenBatch]
    private let threads: Int
    private let classifiers: [ClassifierBox]
    private static let batchTokens = 2048

    /// Lends a classifier to one thread at a time.
    private final class ClassifierBox: @unchecked Sendable {
        let classifier: Classifier

        init(_ model: Model) throws { classifier = try Classifier(model: model) }
    }

    init(model: Model, texts: [[Int32]], isSorted: Bool, threads: Int) throws {
        var batches = [TokenBatch()]
        for text in isSorted ? texts.sorted(by: { $0.count < $1.count }) : texts {
            let last = batches.count - 1
            if batches[last].count > 0, batches[last].ids.count + text.count > Self.batchTokens {
                batches.append(TokenBatch([text]))
            } else {
                batches[last].append(text)
            }
        }
        self.model = model
        self.batches = batches
        self.threads = threads
        classifiers = try (0..<threads).map { _ in try ClassifierBox(model) }
        _ = classifiers[0].classifier.logits(batches[0])
    }

    /// Encodes all texts once.
    func run() throws -> Duration {
        let next = Atomic(0)
        return ContinuousClock().measure {
            DispatchQueue.concurrentPerform(iterations: threads) { thread in
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < batches.count else { return }
                    _ = classifiers[thread].classifier.logits(batches[index])
                }
            }
        }
    }

    func report(_ runs: [Duration], asJSON: Bool) throws {
        let times = runs.map { $0 / .seconds(1) }.sorted()
        let texts = batches.reduce(0) { $0 + $1.count }
        let tokens = batches.reduce(0) { $0 + $1.ids.count }
        let (best, median) = (times[0], times[times.count / 2])
        let rate = { (count: Int, time: Double) in Float(((Double(count) / time) * 10).rounded() / 10) }
        if asJSON {
            try Terminal.json { json in
                json.object { json in
                    json.name("instruction_set")
                    json.string(model.kernels.instructionSet)
                    json.name("precision")
                    json.string(model.precision.rawValue)
                    json.name("threads")
                    json.integer(threads)
                    json.name("texts")
                    json.integer(texts)
                    json.name("tokens")
                    json.integer(tokens)
                    json.name("texts_per_second")
                    json.number(rate(texts, best))
                    json.name("texts_per_second_median")
                    json.number(rate(texts, median))
                    json.name("tokens_per_second")
                    json.number(rate(tokens, best))
                }
            }
        } else {
            try Terminal.line(
                "\(model.precision.rawValue), \(model.kernels.instructionSet), \(threads) thread(s), \(texts) texts, \(tokens) tokens"
            )
            try Terminal.line("best   \(rate(texts, best)) texts/s, \(rate(tokens, best)) tokens/s")
            try Terminal.line("median \(rate(texts, median)) texts/s, \(rate(tokens, median)) tokens/s")
        }
    }
}
