// SPDX-License-Identifier: Apache-2.0
import Bert
import Training

extension Command {
    static let distil = Command(
        name: "distil",
        summary: "train an encoder on raw text: a small one against a teacher, or masked words alone",
        options: [
            Option("teacher", "DIR", "a masked-LM model to learn from; without it, --model learns masked words alone"),
            Option("layers", "N", "layers of the student, taken evenly from the teacher's"),
            Option("model", "DIR", "the model to start from, in place of the teacher's layers"),
            Option("corpus", "FILE", "texts, one a line, or CSV or JSON lines with a field 'text'; may be repeated"),
            Option("positions", "all|masked", "where the teacher's distribution is learned; all unless said"),
            Option("distillation-weight", "W", "weight of the distillation loss; 5 unless said"),
            Option("masked-lm-weight", "W", "weight of the masked-LM loss; 2 unless said"),
            Option("cosine-weight", "W", "weight of the cosine loss; 1 unless said"),
            Option(
                "relation-weight",
                "W",
                "weight of how queries, keys and values of the last layer relate among themselves, as MiniLM has it; 0 unless said"
            ),
            Option("temperature", "T", "how soft both distributions are made; 2 unless said"),
            Option("masked", "SHARE", "share of the tokens to be guessed; 0.15 unless said"),
            Option("held-out", "N", "texts to evaluate on; 1000 unless said"),
            Option("evaluations", "N", "evaluations in an epoch; 4 unless said"),
        ] + TrainingOptions.shared,
        takesSettings: false
    ) { invocation in
        try invocation.refuseArguments()
        let out = try TrainingOptions.out(invocation)
        var options = Distillation.Options(out: out)
        options.teacher = invocation.value("teacher")
        options.model = invocation.value("model")
        options.layers = try invocation.integer("layers", in: 1...1024)
        options.corpus = invocation.values("corpus")
        guard !options.corpus.isEmpty else { throw UsageError("--corpus FILE is needed") }
        if options.model == nil {
            guard options.teacher != nil else { throw UsageError("--teacher DIR or --model DIR is needed") }
            guard options.layers != nil else {
                throw UsageError("--layers N is needed to make a student of the teacher")
            }
        } else if options.layers != nil {
            throw UsageError("--layers makes a student of the teacher; it does not go with --model")
        }
        options.positions = try invocation.choice("positions", Distillation.Positions.self) ?? .all
        options.distillationWeight = Float(try invocation.number("distillation-weight", in: 0...1000) ?? 5)
        options.maskedLMWeight = Float(try invocation.number("masked-lm-weight", in: 0...1000) ?? 2)
        options.cosineWeight = Float(try invocation.number("cosine-weight", in: 0...1000) ?? 1)
        options.relationWeight = Float(try invocation.number("relation-weight", in: 0...1000) ?? 0)
        options.temperature = Float(try invocation.number("temperature", in: 0.1...100) ?? 2)
        options.maskedShare = try invocation.number("masked", in: 0.01...0.9) ?? 0.15
        options.heldOut = try invocation.integer("held-out", in: 1...1_000_000) ?? 1000
        try TrainingOptions.read(invocation, into: &options.run)
        let run = Distillation(options, kernels: try Kernels(instructionSet: Environment.all["CLOUD4BERT_ISA"]))
        try TrainingOptions.watch(out) { observer, shouldStop in try run.run(observer: observer, shouldStop: shouldStop)
        }
    }
}
