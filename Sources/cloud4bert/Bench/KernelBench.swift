// SPDX-License-Identifier: Apache-2.0
import Bert

/// Measures the 8-bit products of a model's shapes on one thread, each time beside a loop of nothing but multiply-adds.
struct KernelBench {
    struct Report: BenchReport {
        struct Product: Encodable {
            let rows, inputs, outputs: Int
            /// Of one product.
            let microsecondsMin, microsecondsMedian, microsecondsP95: Double
            /// Multiply-adds a second of the product at its best to those of the loop at its best.
            let peakShare: Double
        }

        let precision = Precision.int8.rawValue
        let threads = 1
        let peakMultiplyAddsPerSecond: Double
        let products: [Product]

        var table: [[String]] {
            [["inputs", "outputs", "rows"] + Samples.heads("µs", best: "min") + ["% of \(peak) G multiply-adds/s"]]
                + products.map { product in
                    [
                        "\(product.inputs)", "\(product.outputs)", "\(product.rows)", product.microsecondsMin.text(1),
                        product.microsecondsMedian.text(1), product.microsecondsP95.text(1),
                        (product.peakShare * 100).text(0),
                    ]
                }
        }

        private var peak: String { (peakMultiplyAddsPerSecond / 1e9).text(0) }
    }

    let model: Model
    private static let rows = [1, 8, 16, 42, 64, 128, 512]
    /// Multiply-adds of one measurement: about a millisecond with a dot product instruction.
    private static let batch = 200_000_000

    /// Inputs and outputs of the model's linear layers.
    private var shapes: [(inputs: Int, outputs: Int)] {
        let (width, inner) = (model.architecture.width, model.architecture.feedForwardWidth)
        return [(width, width), (width, 2 * width), (width, 3 * width), (width, inner), (inner, width)]
    }

    func run(repeats: Int) -> Report {
        var best = 0.0
        let products = shapes.flatMap { shape in
            Self.rows.map { rows in
                let (product, peak) = measure(rows: rows, shape.inputs, shape.outputs, repeats: repeats)
                best = max(best, peak)
                return product
            }
        }
        return Report(peakMultiplyAddsPerSecond: best, products: products)
    }

    private func measure(
        rows: Int,
        _ inputs: Int,
        _ outputs: Int,
        repeats: Int
    ) -> (product: Report.Product, peak: Double) {
        let bench = ProductBench(rows: rows, inputs: inputs, outputs: outputs, kernels: model.kernels)
        let times = max(1, Self.batch / bench.multiplyAdds)
        let clock = ContinuousClock()
        var peak = 0.0
        // The loop stands between the products, so that both meet the same clock rate and the same neighbours.
        let seconds = Samples(
            (0..<repeats * 4).map { _ in
                var done = 0
                let loop = clock.measure { done = bench.runPeak(multiplyAdds: Self.batch) }
                peak = max(peak, Double(done) / (loop / .seconds(1)))
                return clock.measure { bench.run(times: times) } / .seconds(1) / Double(times)
            }
        )
        let product = Report.Product(
            rows: rows,
            inputs: inputs,
            outputs: outputs,
            microsecondsMin: seconds.least * 1e6,
            microsecondsMedian: seconds.median * 1e6,
            microsecondsP95: seconds.p95 * 1e6,
            peakShare: Double(bench.multiplyAdds) / seconds.least / peak
        )
        return (product, peak)
    }
}
