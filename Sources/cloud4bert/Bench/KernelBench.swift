// SPDX-License-Identifier: Apache-2.0
import Bert
import Worker

/// Measures the 8-bit products of a model's shapes on one thread, each time beside a loop of nothing but multiply-adds.
struct KernelBench {
    /// What one shape took.
    struct Result {
        let rows, inputs, outputs: Int
        /// Seconds of one product: the least, the middle one, and the one that 95 % stay below.
        let least, median, p95: Double
        /// Multiply-adds a second of the product at its best, and of the loop at its best.
        let rate, peak: Double

        var peakShare: Double { rate / peak }
    }

    private let model: Model
    private let repeats: Int
    private static let rows = [1, 8, 16, 42, 64, 128, 512]
    /// Multiply-adds of one measurement: about a millisecond with a dot product instruction.
    private static let batch = 200_000_000

    init(model: Model, repeats: Int) {
        self.model = model
        self.repeats = repeats
    }

    /// Inputs and outputs of the model's linear layers.
    private var shapes: [(inputs: Int, outputs: Int)] {
        let (width, inner) = (model.architecture.width, model.architecture.feedForwardWidth)
        return [(width, width), (width, 2 * width), (width, 3 * width), (width, inner), (inner, width)]
    }

    func run() -> [Result] {
        shapes.flatMap { shape in Self.rows.map { measure(rows: $0, shape.inputs, shape.outputs) } }
    }

    private func measure(rows: Int, _ inputs: Int, _ outputs: Int) -> Result {
        let bench = ProductBench(rows: rows, inputs: inputs, outputs: outputs, kernels: model.kernels)
        let times = max(1, Self.batch / bench.multiplyAdds)
        let clock = ContinuousClock()
        var peak = 0.0
        // The loop stands between the products, so that both meet the same clock rate and the same neighbours.
        let seconds = (0..<max(repeats, 1) * 4).map { _ in
            var done = 0
            let loop = clock.measure { done = bench.runPeak(multiplyAdds: Self.batch) }
            peak = max(peak, Double(done) / (loop / .seconds(1)))
            return clock.measure { bench.run(times: times) } / .seconds(1) / Double(times)
        }.sorted()
        return Result(
            rows: rows,
            inputs: inputs,
            outputs: outputs,
            least: seconds[0],
            median: seconds[seconds.count / 2],
            p95: seconds[(seconds.count * 95 + 99) / 100 - 1],
            rate: Double(bench.multiplyAdds) / seconds[0],
            peak: peak
        )
    }

    func report(_ results: [Result], asJSON: Bool) throws {
        let peak = results.map(\.peak).max() ?? 0
        guard !asJSON else { return try Terminal.json { json in write(results, peak, to: &json) } }
        try Terminal.line("int8, \(model.kernels.instructionSet), 1 thread")
        try Terminal.line("peak \((peak / 1e9).rounded()) G multiply-adds/s; microseconds of one product:")
        for result in results {
            let times = [result.least, result.median, result.p95].map { (($0 * 1e7).rounded() / 10).description }
            try Terminal.line(
                "\(result.inputs) → \(result.outputs), \(result.rows) rows: min \(times[0]), median \(times[1]), "
                    + "p95 \(times[2]), \(Int((result.peakShare * 100).rounded())) % of the peak"
            )
        }
    }

    private func write(_ results: [Result], _ peak: Double, to json: inout JSONWriter) {
        json.object { json in
            json.name("instruction_set")
            json.string(model.kernels.instructionSet)
            json.name("precision")
            json.string(Precision.int8.rawValue)
            json.name("threads")
            json.integer(1)
            json.name("peak_multiply_adds_per_second")
            json.number(Float(peak))
            json.name("products")
            json.array { json in
                for result in results {
                    json.object { json in
                        json.name("rows")
                        json.integer(result.rows)
                        json.name("inputs")
                        json.integer(result.inputs)
                        json.name("outputs")
                        json.integer(result.outputs)
                        for (name, seconds) in [
                            ("min", result.least), ("median", result.median), ("p95", result.p95),
                        ] {
                            json.name("microseconds_" + name)
                            json.number(Float(seconds * 1e6))
                        }
                        json.name("peak_share")
                        json.number(Float(result.peakShare))
                    }
                }
            }
        }
    }
}
