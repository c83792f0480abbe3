// SPDX-License-Identifier: Apache-2.0
import Bert

/// Shows how the cost of encoding grows with the number of texts and with their length, on texts of random words.
struct ScalingBench {
    struct Report: BenchReport {
        struct Row: Encodable {
            let tokensPerText: Int
            let texts: Int
            let textsPerSecond: Double
            let tokensPerSecond: Double
            /// Its tokens per second to those of the first row: 1 where cost grows straight with the work.
            let timesFirst: Double
        }

        let precision: String
        let threads: Int
        let rows: [Row]

        var table: [[String]] {
            [["tokens a text", "texts", "texts/s", "tokens/s", "× the first"]]
                + rows.map { row in
                    [
                        "\(row.tokensPerText)", "\(row.texts)", row.textsPerSecond.text(1),
                        row.tokensPerSecond.text(0), row.timesFirst.text(2),
                    ]
                }
        }
    }

    let model: Model
    let threads: Int
    private static let lengths = [16, 32, 64, 128, 256, 512]
    /// Tokens of the smallest run of each length, and how many times as many the others have.
    private static let tokens = 4_096
    private static let times = [1, 4, 16]

    func run(repeats: Int) throws -> Report {
        let random = RandomTexts(model: model)
        var rows: [Report.Row] = []
        for length in Self.lengths where length <= model.maxTokens {
            for times in Self.times {
                let texts = random.sequences(count: Self.tokens * times / length, tokens: length)
                let bench = try EncodeBench(model: model, texts: texts, order: .arrival, threads: threads)
                let result = bench.run(repeats: repeats)
                rows.append(
                    Report.Row(
                        tokensPerText: length,
                        texts: texts.count,
                        textsPerSecond: result.textsPerSecond,
                        tokensPerSecond: result.tokensPerSecond,
                        timesFirst: result.tokensPerSecond / (rows.first?.tokensPerSecond ?? result.tokensPerSecond)
                    )
                )
            }
        }
        return Report(precision: model.precision.rawValue, threads: threads, rows: rows)
    }
}
