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
        /// The same of floats, whose product is measured where all of it stays in the nearest cache.
        let floatPeakMultiplyAddsPerSecond: Double
        let products: [Product]

        var table: [[String]] {
            [["inputs", "outputs", "rows"] + Samples.heads("µs", best: "min") + ["% of \(peaks)"]]
                + products.map { product in
                    [
                        "\(product.inputs)", "\(product.outputs)", "\(product.rows)", product.microsecondsMin.text(1),
                        product.microsecondsMedian.text(1), product.microsecondsP95.text(1),
                        (product.peakShare * 100).text(0),
                    ]
                }
        }

        private var peaks: String {
            let (bytes, floats) = (peakMultiplyAddsPerSecond / 1e9, floatPeakMultiplyAddsPerSecond / 1e9)
            return "\(bytes.text(0)) G multiply-adds/s (f32: \(floats.text(0)))"
        }
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
        var best = (bytes: 0.0, floats: 0.0)
        let products = shapes.flatMap { shape in
            Self.rows.map { rows in
                let (product, peak) = measure(rows: rows, shape.inputs, shape.outputs, repeats: repeats)
                best = (max(best.bytes, peak.bytes), max(best.floats, peak.floats))
                return product
            }
        }
        return Report(
            peakMultiplyAddsPerSecond: best.bytes,
            floatPeakMultiplyAddsPerSecond: best.floats,
            products: products
        )
    }

    private func measure(
        rows: Int,
        _ inputs: Int,
        _ outputs: Int,
        repeats: Int
    ) -> (product: Report.Product, peak: (bytes: Double, floats: Double)) {
        let bench = ProductBench(rows: rows, inputs: inputs, outputs: outputs, kernels: model.kernels)
        let times = max(1, Self.batch / bench.multiplyAdds)
        let clock = ContinuousClock()
        var peak = (bytes: 0.0, floats: 0.0)
        // Both loops stand between the products, so that all meet the same clock rate and the same neighbours.
        let seconds = Samples(
            (0..<repeats * 4).map { _ in
                var done = 0
                let loop = clock.measure { done = bench.runPeak(multiplyAdds: Self.batch) }
                peak.bytes = max(peak.bytes, Double(done) / (loop / .seconds(1)))
                let floats = clock.measure { done = bench.runFloatPeak(multiplyAdds: Self.batch / 8) }
                peak.floats = max(peak.floats, Double(done) / (floats / .seconds(1)))
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
            peakShare: Double(bench.multiplyAdds) / seconds.least / peak.bytes
        )
        return (product, peak)
    }
}
