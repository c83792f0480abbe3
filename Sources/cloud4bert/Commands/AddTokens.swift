// SPDX-License-Identifier: Apache-2.0
import Training

extension Command {
    static let addTokens = Command(
        name: "add-tokens",
        summary: "give a model tokens that it reads as unknown, such as emoji, in unused places of its vocabulary",
        options: [
            Option("model", "DIR", "the model, a Hugging Face directory with a WordPiece vocabulary"),
            Option("tokens", "FILE", "a line each: the token, a tab, and words that say what it means"),
            Option("out", "DIR", "where the model goes; must not hold another one"),
        ],
        takesSettings: false
    ) { invocation in
        try invocation.refuseArguments()
        let out = try TrainingOptions.out(invocation)
        guard let model = invocation.value("model") else { throw UsageError("--model DIR is needed") }
        guard let tokens = invocation.value("tokens") else { throw UsageError("--tokens FILE is needed") }
        let count = try VocabularyExtension(model: model, tokens: tokens).write(to: out)
        try Terminal.line("\(count) new pieces of the vocabulary; their embeddings are to be trained")
    }
}
