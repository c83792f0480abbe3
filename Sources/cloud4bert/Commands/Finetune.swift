// SPDX-License-Identifier: Apache-2.0
import Bert
import Training

extension Command {
    static let finetune = Command(
        name: "finetune",
        summary: "teach an encoder to put labels on texts",
        options: [
            Option("model", "DIR", "the encoder to start from, a Hugging Face directory"),
            Option(
                "train",
                "FILE[*N]",
                "texts with labels, CSV or JSON lines, each seen N times in an epoch, once unless said: mine.csv*3, "
                    + "or mine.csv*0.5 for a half of them, drawn anew for each epoch; may be repeated"
            ),
            Option(
                "validation",
                "FILE|FRACTION",
                "texts to find the best epoch on, or the share of each training file; may be repeated. Each is scored by "
                    + "itself; the best epoch has the highest mean of their macro F1"
            ),
            Option(
                "sample",
                "SHARE",
                "share of the texts of each file to train on that is used at all, the same ones in each run: for a quick trial"
            ),
            Option("unlabelled", "FILE[*N]", "texts that only the teacher labels, N as with --train; may be repeated"),
            Option("teacher", "DIR", "a fine-tuned model to learn from; may be repeated"),
            Option(
                "teacher-logits",
                "FILE",
                "what the teachers say of each text: made if it is not there, and used if it is, then without --teacher "
                    + "too; with --teacher it gets the texts that it lacks. One for all teachers, or one for each: of each text the "
                    + "mean of those files is learned that have it"
            ),
            Option(
                "teacher-precision",
                "f32|int8",
                "what the teachers compute with: int8 labels several times as fast, f32 to the last digit; f32 unless said"
            ),
            Option("teacher-share", "SHARE", "what a teacher weighs where there is a label; 0.5 unless said"),
            Option(
                "labels-only",
                "FILE",
                "a file of --train of which the labels alone are learned, since the teachers do not know such texts; may be repeated"
            ),
            Option("temperature", "T", "how soft the teacher's scores are made; 2 unless said"),
            Option(
                "augment",
                "SHARE",
                "share of the texts that are changed each time they are seen, to what streams bring: handles for @user, names for [NAME], links "
                    + "for http, capitals, typing errors, drawn-out letters, hashtags, no full stop; 0 unless said"
            ),
            Option("balance", nil, "rare labels weigh more"),
            Option(
                "adjust-logits",
                "FILE",
                "a file of --train, or all, of which is learned what makes a text be of a label, and not how many of it the file "
                    + "has: the losses add to the logits the log of the label's share in the file; may be repeated"
            ),
            Option(
                "exit-layer",
                "N",
                "put a second classifier behind layer N, at which texts leave that it is sure of: it is taught with the rest, and how sure it "
                    + "must be is found on the validation texts; 0 takes it away"
            ),
            Option("average", "SHARE", "share of the steps, the last ones, to average the weights of; 0 unless said"),
            Option("evaluations", "N", "evaluations in an epoch; 1 unless said"),
            Option("patience", "N", "evaluations without a better score until the end; 3 unless said, 0 for no limit"),
            Option(
                "no-calibration",
                nil,
                "leave the scores as they come out, without the temperature and the biases that suit all validation sources"
            ),
        ] + TrainingOptions.shared,
        takesSettings: false
    ) { invocation in
        try invocation.refuseArguments()
        let out = try TrainingOptions.out(invocation)
        guard let model = invocation.value("model") else { throw UsageError("--model DIR is needed") }
        var options = FineTuning.Options(model: model, out: out)
        options.train = try TrainingOptions.sources("train", invocation)
        guard !options.train.isEmpty else { throw UsageError("--train FILE is needed") }
        for place in try places("labels-only", invocation, of: options.train) {
            options.train[place].hasTeachers = false
        }
        let adjustsAll = invocation.values("adjust-logits") == ["all"]
        let adjusted =
            adjustsAll
            ? Array(options.train.indices) : try places("adjust-logits", invocation, of: options.train)
        for place in adjusted { options.train[place].adjustsLogits = true }
        for value in invocation.values("validation") {
            if let share = Double(value), share > 0, share < 1 {
                options.validationShare = share
            } else {
                options.validation.append(value)
            }
        }
        options.sampledShare = try invocation.number("sample", in: 0.0001...1) ?? 1
        options.unlabelled = try TrainingOptions.sources("unlabelled", invocation)
        options.teachers = invocation.values("teacher")
        options.teacherLogits = invocation.values("teacher-logits")
        options.teacherPrecision = try invocation.choice("teacher-precision", Precision.self) ?? .f32
        options.teacherShare = Float(try invocation.number("teacher-share", in: 0...1) ?? 0.5)
        options.temperature = Float(try invocation.number("temperature", in: 0.1...100) ?? 2)
        options.balancesClasses = invocation.has("balance")
        options.exitLayer = try invocation.integer("exit-layer", in: 0...1000)
        options.augmentedShare = try invocation.number("augment", in: 0...1) ?? 0
        options.averagedShare = try invocation.number("average", in: 0...1) ?? 0
        let patience = try invocation.integer("patience", in: 0...1000) ?? 3
        options.patience = patience == 0 ? nil : patience
        options.calibrates = !invocation.has("no-calibration")
        try TrainingOptions.read(invocation, into: &options.run)
        let run = FineTuning(options, kernels: try Kernels(instructionSet: Environment.all["CLOUD4BERT_ISA"]))
        try TrainingOptions.watch(out) { observer, shouldStop in try run.run(observer: observer, shouldStop: shouldStop)
        }
    }

    /// The places in --train of the files that an option names.
    private static func places(
        _ option: String,
        _ invocation: Invocation,
        of sources: [TrainingSource]
    ) throws -> [Int] {
        try invocation.values(option).flatMap { path in
            let places = sources.indices.filter { sources[$0].path == path }
            guard !places.isEmpty else { throw UsageError("--\(option) \(path): is not a file of --train") }
            return places
        }
    }
}
