// SPDX-License-Identifier: Apache-2.0
import Bert
import Training

extension Command {
    static let bench = Command(
        name: "bench",
        arguments: "encode|kernels",
        summary: "measure what the encoder carries on this machine, or its 8-bit products beside the processor's peak",
        options: [
            Option("texts", "FILE", "encode: CSV with a column 'text', or a text a line; tokenised before"),
            Option("order", "sorted|arrival", "encode: texts by length, or as they come; sorted unless said"),
            Option("threads", "N", "encode: encoder threads; 1 unless said"),
            Option("repeat", "N", "runs; 5 unless said"),
            Option("json", nil, "one JSON object instead of lines"),
        ]
    ) { invocation in
        let count = try invocation.integer("repeat", in: 1...1_000) ?? 5
        switch invocation.arguments {
        case ["encode"]:
            guard let path = invocation.value("texts") else { throw UsageError("--texts FILE is needed") }
            let session = try ModelSession(invocation)
            let examples = try Dataset(path: path).examples
            let bench = try EncodeBench(
                model: session.model,
                texts: examples.map { try session.encoding(of: $0.text).sequences }.flatMap(\.self),
                isSorted: invocation.choice("order", EncodeBench.Order.self) != .arrival,
                threads: invocation.integer("threads", in: 1...512) ?? 1
            )
            let runs = try (0..<count).map { _ in try bench.run() }
            try bench.report(runs, asJSON: invocation.has("json"))
        case ["kernels"]:
            let bench = KernelBench(model: try ModelSession(invocation).model, repeats: count)
            try bench.report(bench.run(), asJSON: invocation.has("json"))
        default:
            throw UsageError("'bench' takes one word, 'encode' or 'kernels'")
        }
    }
}
