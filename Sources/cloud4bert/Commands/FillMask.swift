// SPDX-License-Identifier: Apache-2.0
import Bert
import JSON

extension Command {
    static let fillMask = Command(
        name: "fill-mask",
        arguments: Command.texts,
        summary:
            "fill in the model's mask token, [MASK] or <mask>: [{\"score\": …, \"token\": …, \"token_str\": …, "
            + "\"sequence\": …}], the best first",
        options: ModelSession.options + [Option("top-k", "N", "how many tokens to give; 5 unless said")]
    ) { invocation in
        let session = try ModelSession(invocation, precision: .f32)
        let maskedModel = try MaskedLanguageModel(model: session.model)
        let tokenizer = session.model.tokenizer
        let mask = tokenizer.maskID.map(tokenizer.vocabulary.token) ?? "mask token"
        let count = try invocation.integer("top-k", in: 1...1_000_000) ?? 5
        try TextInput(invocation).forEachBatch { texts in
            for text in texts {
                let masks = try session.encoding(of: text).sequences.flatMap { maskedModel.fill($0, count: count) }
                guard !masks.isEmpty else { throw InputError("a text holds no \(mask) among the tokens that are kept") }
                try session.checkFinite(masks.joined().lazy.map(\.score))
                // As the pipeline does: a list of tokens for one mask, a list of such lists for several.
                try Terminal.json { json in
                    if masks.count == 1 {
                        json.filled(masks[0])
                    } else {
                        json.array { json in masks.forEach { json.filled($0) } }
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func filled(_ tokens: [FilledMask]) {
        array { json in
            for token in tokens {
                json.object { json in
                    json.field("score", token.score)
                    json.field("token", token.token)
                    json.field("token_str", token.tokenText)
                    json.field("sequence", token.sequence)
                }
            }
        }
    }
}
