// SPDX-License-Identifier: Apache-2.0
import Bert
import Foundation
import Glibc
import Training

/// Fine-tunes a model on labelled texts for some steps, and throws away what it learned.
struct TrainBench {
    struct Report: BenchReport {
        struct Run: Encodable {
            let products: String
            /// Of stretches of steps.
            let tokensPerSecond, tokensPerSecondMedian, tokensPerSecondP95: Double
            let timesFirst: Double
        }

        let threads: Int
        let batchTexts: Int
        let runs: [Run]
        /// The most memory that the process had so far.
        let peakResidentBytes: Int

        var table: [[String]] {
            [["products", "threads", "texts a step"] + Samples.heads("tokens/s") + ["× f32", "MB at most"]]
                + runs.map { run in
                    [
                        run.products, "\(threads)", "\(batchTexts)", run.tokensPerSecond.text(0),
                        run.tokensPerSecondMedian.text(0), run.tokensPerSecondP95.text(0), run.timesFirst.text(2),
                        (Double(peakResidentBytes) / 1e6).text(0),
                    ]
                }
        }
    }

    let model: String
    let texts: String
    let threads: Int
    let kernels: Kernels
    /// Steps of one stretch: some seconds of work.
    private static let stretch = 10
    private static let batchTexts = 32

    /// - Parameter repeats: stretches that are measured; one more goes before them.
    func run(repeats: Int) throws -> Report {
        var reader = DatasetReader()
        _ = try reader.examples(texts)
        let f32 = try measure(repeats, usesBF16: false, reader)
        var runs = [summary("f32", f32, f32)]
        if kernels.haveBF16 { runs.append(summary("bf16", try measure(repeats, usesBF16: true, reader), f32)) }
        return Report(
            threads: threads,
            batchTexts: Self.batchTexts,
            runs: runs,
            peakResidentBytes: Self.peakResidentBytes
        )
    }

    private func summary(_ products: String, _ rates: [Double], _ first: [Double]) -> Report.Run {
        let (times, firstTimes) = (Samples(rates.map { 1 / $0 }), Samples(first.map { 1 / $0 }))
        let perSecond = times.rates(of: 1)
        return Report.Run(
            products: products,
            tokensPerSecond: perSecond.best,
            tokensPerSecondMedian: perSecond.median,
            tokensPerSecondP95: perSecond.p95,
            timesFirst: firstTimes.median / times.median
        )
    }

    /// Tokens a second of each stretch.
    ///
    /// - Parameter reader: has read the texts.
    private func measure(_ repeats: Int, usesBF16: Bool, _ reader: DatasetReader) throws -> [Double] {
        let out = FileManager.default.temporaryDirectory.appending(path: "cloud4bert-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: out) }
        var options = FineTuning.Options(model: model, out: out.path)
        options.train = [TrainingSource(texts)]
        options.reader = reader
        options.validationShare = 0.05
        options.calibrates = false
        options.patience = nil
        // More steps than are taken: the run is stopped.
        options.run.epochs = 10_000
        options.run.batchSize = Self.batchTexts
        options.run.usesBF16 = usesBF16
        options.run.threads = threads
        options.run.reportEvery = Self.stretch
        options.run.checkpointEvery = .max
        options.run.evaluationsPerEpoch = 1
        var rates: [Double] = []
        _ = try FineTuning(options, kernels: kernels).run { event in
            if case .progress(let progress) = event { rates.append(progress.tokensPerSecond) }
        } shouldStop: {
            rates.count > repeats
        }
        return Array(rates.dropFirst())
    }

    private static var peakResidentBytes: Int {
        var usage = rusage()
        // Linux counts in KiB.
        return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    }
}
