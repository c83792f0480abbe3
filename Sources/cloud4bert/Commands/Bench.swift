// SPDX-License-Identifier: Apache-2.0
import Bert
import Configuration
import Settings
import Threading
import Training

extension Command {
    static let bench = Command(
        name: "bench",
        arguments: "kernels|tokenizer|encode|explain|flow|train",
        summary:
            "measure what this machine carries: a product, the tokenizer, the encoder, explanations, the whole worker, training",
        options: [
            Option("texts", "FILE", "CSV with a column 'text', or a text a line; with labels for train"),
            Option("order", "sorted|arrival", "encode: texts by length, or as they come; sorted unless said"),
            Option("threads", "N", "encode, train: threads; 1 for encode and all cores for train unless said"),
            Option("repeat", "N", "runs; 5 unless said"),
            Option("seconds", "N", "flow: how long each load lasts; 6 unless said"),
            Option("json", nil, "one JSON object instead of a table"),
        ]
    ) { invocation in
        guard invocation.arguments.count == 1, let what = BenchSubject(rawValue: invocation.arguments[0]) else {
            let words = BenchSubject.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("'bench' takes one word: \(words)")
        }
        let machine = BenchMachine(kernels: try Kernels(instructionSet: Environment.all["CLOUD4BERT_ISA"]))
        let asJSON = invocation.has("json")
        if !asJSON { try Terminal.line(machine.line) }
        try what.report(invocation).show(on: machine, asJSON: asJSON)
    }
}

/// What can be measured.
enum BenchSubject: String, CaseIterable {
    case kernels
    case tokenizer
    case encode
    case explain
    case flow
    case train

    func report(_ invocation: Invocation) throws -> any BenchReport {
        let repeats = try invocation.integer("repeat", in: 1...1_000) ?? 5
        switch self {
        case .kernels:
            return KernelBench(model: try ModelSession(invocation).model).run(repeats: repeats)
        case .tokenizer:
            let model = try ModelSession(invocation).model
            let texts = try Self.texts(invocation).map { Array($0.utf8) }
            return TokenizerBench(tokenizer: model.tokenizer, texts: texts, limit: model.maxTokens)
                .run(repeats: repeats)
        case .encode:
            return try Self.encode(invocation, repeats: repeats)
        case .explain:
            return try ExplainBench(ModelSession(invocation), texts: Self.texts(invocation)).run()
        case .flow:
            return try FlowBench(invocation).run()
        case .train:
            guard let texts = invocation.value("texts") else { throw UsageError("--texts FILE is needed") }
            return try TrainBench(
                model: invocation.settings().modelDirectory(),
                texts: texts,
                threads: invocation.integer("threads", in: 1...512) ?? Processors.available(),
                kernels: Kernels(instructionSet: Environment.all["CLOUD4BERT_ISA"])
            ).run(repeats: repeats)
        }
    }

    /// With texts, how fast they are encoded; without, how the cost grows.
    private static func encode(_ invocation: Invocation, repeats: Int) throws -> any BenchReport {
        let session = try ModelSession(invocation)
        let threads = try invocation.integer("threads", in: 1...512) ?? 1
        guard invocation.value("texts") != nil else {
            return try ScalingBench(model: session.model, threads: threads).run(repeats: repeats)
        }
        let sequences = try texts(invocation).flatMap { try session.encoding(of: $0).sequences }
        let order = try invocation.choice("order", EncodeBench.Order.self) ?? .sorted
        return try EncodeBench(model: session.model, texts: sequences, order: order, threads: threads)
            .run(repeats: repeats)
    }

    /// The texts of `--texts`.
    static func texts(_ invocation: Invocation) throws -> [String] {
        guard let path = invocation.value("texts") else { throw UsageError("--texts FILE is needed") }
        let texts = try Dataset(path: path).examples.map(\.text)
        guard !texts.isEmpty else { throw InputError("\(path): there is no text in it") }
        return texts
    }
}
